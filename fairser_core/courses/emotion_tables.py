"""Tables of what emotion detectors predict, and of how they represent utterances."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.courses.emotion_answers import DEVIATIONS, SCORES, Columns, Rows
from fairser_core.datasets.emotion import Emotion


class Lane(NamedTuple):
    """Predictions of a detector.

    Attributes:
        emotion: number of its emotion.
        rows: rows of the utterances in the arrays (utterance,).
        kept: as `emotion_answers.columns` makes it (utterance, column).
    """

    emotion: int
    rows: Rows
    kept: Columns


def prediction_table(lanes_of: Mapping[int, Sequence[Lane]], data: Emotion) -> pd.DataFrame:
    """Return a table of predictions, a row an utterance and emotion.

    Columns `utterance`, `speaker`, `session`, `emotion`, `truth`, `s1`, `aligned`,
    `heard_<gender>` (1 where the consensus of the gender is the emotion, else 0; NaN where it has
    none), and for each seed `<column>-<seed>` with the columns of `emotion_answers.columns`.

    Args:
        lanes_of: predictions of each seed's detectors, which are the same for all seeds.
        data: arrays of the task.
    """
    names = [*SCORES, *(f"deviation_{name}" for name in DEVIATIONS)]
    tables = []
    for seed, lanes in lanes_of.items():
        kept = np.concatenate([lane.kept for lane in lanes])
        tables.append(pd.DataFrame(kept, columns=[f"{name}-{seed}" for name in names]))
    rows = np.concatenate([lane.rows for lane in lanes])
    emotion = np.repeat([lane.emotion for lane in lanes], [len(lane.rows) for lane in lanes])
    perceptions = {"female": data.female, "male": data.male}
    examples = {
        "utterance": np.array(data.ids)[rows],
        "speaker": np.array(data.speaker)[rows],
        "session": np.array(data.sessions)[data.session[rows]],
        "emotion": np.array(data.emotions)[emotion],
        "truth": data.label[emotion, rows] > 0,
        "s1": data.s1[rows],
        "aligned": data.aligned[rows],
        **{
            f"heard_{gender}": np.where(of.consensus[rows], of.label[emotion, rows], np.nan)
            for gender, of in perceptions.items()
        },
    }
    return pd.concat([pd.DataFrame(examples), *tables], axis=1)


def representation_table(
    latent: NDArray[np.floating[Any]], data: Emotion, evaluated: Sequence[Rows]
) -> pd.DataFrame:
    """Return a table of utterances with an aligned gender, as each detector represents them.

    Values have half precision, which is enough for a picture. Columns `utterance`, `session`,
    `emotion`, and `unit-<number>`.

    Args:
        latent: representations (detector, utterance, unit).
        data: arrays of the task.
        evaluated: rows of the evaluated utterances of each fold.
    """
    tables = []
    for (fold, emotion), values in zip(data.detectors, latent, strict=True):
        rows = evaluated[fold]
        biased = ~np.isnan(data.aligned[rows])
        units = values[: len(rows)][biased].astype(np.float16)
        table = pd.DataFrame(units, columns=[f"unit-{unit}" for unit in range(units.shape[1])])
        table.insert(0, "utterance", np.array(data.ids)[rows[biased]])
        table.insert(1, "session", data.sessions[data.session[rows[0]]])
        table.insert(2, "emotion", data.emotions[emotion])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
