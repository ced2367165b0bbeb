"""The emotion task: detectors of what raters perceive, with the raters' gender as the group."""

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd

from fairser_core.corpora import RATED_READERS
from fairser_core.corpora.groups import Grouping
from fairser_core.corpora.perception import agreement, perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import studied_utterances
from fairser_core.datasets.normalisation import choose
from fairser_core.datasets.preparation import prepare_emotion
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.pretrained import Pretrained
from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.vectors import AUTO, VectorSettings
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import Method
from fairser_core.metrics.chance import Labels, gaps_by_chance
from fairser_core.metrics.emotion_table import EMOTION, over_emotions
from fairser_core.metrics.metric import Metric, measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.emotion_specification import EmotionSpecification
from search.tasks.constant import constant_detectors
from search.tasks.counts import Description
from search.tasks.emotion_bundle import emotion_measurement, emotion_specification
from search.tasks.emotion_counts import (
    emotion_counts,
    given_line,
    rater_counts,
    session_counts,
    subset_lines,
)
from search.tasks.emotion_predictions import detector_predictions
from search.tasks.facts import CorpusFacts
from search.tasks.fair_model import fair_detectors
from search.tasks.measurement import Measure, Measurement, undefined
from search.tasks.options import CLASSES, GROUPING
from search.tasks.task import FairModel, Progress, Task
from search.tasks.words import Card, ReportPart, Words

WORDS = Words(
    corpora="with ratings beside it, which are of emotions",
    models="detectors of emotions, one for each emotion and each session left out",
    groups="the raters' gender",
    heading="Emotions",
    averaged="mean over emotions; ",
    table="Systems on the tested sessions of {corpus}.",
    note="Means over the emotions. F1 by shares is the paper's; macro F1 of a detector that never "
    "fires is below 0.5. Each tested session also validates another fold, so its labels steer the "
    "choice of settings.",
    tested="of all sessions, each with the detectors that did not train on it",
)
PERSPECTIVES = (
    " `--perspective female` or `male` predicts the perception of the women or of the men among "
    "the raters."
)
TOGETHER = (
    "Features are normalised over each {0}'s recordings, so several recordings of a {0} are needed "
    "at once: name {0}s in a column `{0}`. Recordings without a {0} count as one {0}'s, which is "
    "right only if they are. The prediction for a recording depends on the other recordings."
)
ALONE = {
    "training": "Features are normalised with mean and deviation of the training sessions: "
    "recordings at another level, or of another microphone, are shifted against them.",
    "none": "Features are not normalised: recordings at another level, or of another microphone, "
    "are shifted against those that the model learned from.",
}
LIMITS = (
    "Gender is treated as binary, as in the paper and in the labels: the perception of raters "
    "of another gender is unknown.",
    "The metrics are those of each detector alone, on the session that chose its epoch. The "
    "predicted mean over folds could not be measured, because every session is training data of "
    "some folds.",
    "Any other emotion is mistaken for one of those named.",
)


@final
class EmotionTask(Task[RatedCorpus, Emotion, EmotionPredictor]):
    """Task of Chien & Lee (2023)."""

    name = "emotion"
    baseline = "dnn"
    metrics = EMOTION
    readers = RATED_READERS
    settings: Mapping[str, type[Any]] = {"vectors": VectorSettings}
    strangers = ("threshold", "scale", *CLASSES, *GROUPING)
    tables: Mapping[str, tuple[str, ...]] = {
        "speech.csv": ("path", "speaker", "gender", "session"),
        "ratings.csv": ("utterance", "rater", "label"),
        "raters.csv": ("rater", "gender"),
    }
    ratings = True
    group_column = None
    folds = True
    parts = (ReportPart.DETECTORS, ReportPart.REPRESENTATIONS)
    words = WORDS

    def grouped(self, corpus: RatedCorpus, grouping: Grouping) -> RatedCorpus:
        """Return the corpus: groups are those of the raters' gender."""
        return corpus

    def facts(self, corpus: RatedCorpus) -> CorpusFacts:
        """Return the facts of a corpus, with utterances by session, speaker's gender and subset."""
        perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
        table = studied_utterances(corpus.utterances, perceived)
        groups = "session " + table["session"] + " " + table["gender"] + " " + table["subset"]
        return CorpusFacts(
            name=corpus.name,
            fingerprint=corpus.fingerprint(),
            notes=tuple(corpus.notes),
            left_out=corpus.left_out or None,
            utterances=dict(sorted(Counter(groups).items())),
            emotions=tuple(corpus.emotions),
            perceived=sizes(perceived),
        )

    def describe(self, corpus: RatedCorpus) -> Description:
        """Count utterances by session and by emotion, raters, and their agreement."""
        perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
        numbers = sizes(perceived)
        counts = [
            session_counts(corpus, perceived),
            emotion_counts(corpus, perceived),
            rater_counts(corpus, numbers),
        ]
        studied = studied_utterances(corpus.utterances, perceived)
        lines = [*subset_lines(numbers), given_line(corpus, perceived)]
        lines += self._features(corpus, studied) if len(studied) else []
        lines += self._warnings(studied, corpus.emotions) if len(studied) else []
        speaker = corpus.utterances.set_index("id")["speaker"]
        agreed = agreement(perceived, corpus.emotions, speaker)
        return Description(counts, [line for line in lines if line], agreed)

    def _features(self, corpus: RatedCorpus, studied: pd.DataFrame) -> list[str]:
        """Return how features are normalised, and what that leaves of a corpus' own features.

        MFCCs and vectors of a pretrained model are computed when a search begins.
        """
        chosen = choose(AUTO, studied).note
        if "features" not in studied:
            return [chosen]
        try:
            return [*prepare_emotion(corpus, MfccSettings(), VectorSettings()).notes]
        except ValueError as error:
            return [chosen, f"a search will refuse the corpus: {error}"]

    def _warnings(self, studied: pd.DataFrame, emotions: Sequence[str]) -> list[str]:
        """Return warnings of undefined metrics, and of emotions that a search refuses."""
        warnings = self._undefined(studied, emotions)
        for emotion in emotions:
            there = studied["session"][studied["truth"] == emotion]
            lacking = sorted(set(studied["session"]) - set(there))
            if lacking:
                warnings.append(
                    f"{emotion!r} is the truth of no utterance in session {', '.join(lacking)}: a "
                    "search will refuse the corpus, unless ratings call it `other`"
                )
        return warnings

    def _undefined(self, studied: pd.DataFrame, emotions: Sequence[str]) -> list[str]:
        """Return warnings of metrics that no detector will have."""
        no_seeds = fair_detectors(studied, emotions, [], np.random.default_rng(0))
        lacks = self.lacks(no_seeds, math.nan)
        return [f"{lack}: metrics that need one will be undefined" for lack in lacks]

    def constant(self, metrics: Mapping[str, float], corpus: CorpusFacts) -> list[str]:
        """Return the emotions that are never or always detected."""
        return constant_detectors(metrics, corpus.emotions or ())

    def fair_model(self, corpus: RatedCorpus, split: EvaluatedSplit) -> FairModel:
        """Return fair detectors of all sessions, of which both splits consist."""
        perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
        studied = studied_utterances(corpus.utterances, perceived)
        return partial(fair_detectors, studied, corpus.emotions)

    def check_pretrained(self, settings: Mapping[str, Any], pretrained: Path | None) -> None:
        """Raise a ValueError where a layer of vq-wav2vec is named without it, or it is a folder."""
        layer = settings["vectors"].layer
        if layer != VectorSettings().layer and pretrained is None:
            raise ValueError(f"`layer` {layer} is of vq-wav2vec, which needs --pretrained")
        if pretrained and pretrained.is_dir():
            raise ValueError(
                f"spaces of emotions learn from vq-wav2vec, a file, {pretrained} is a folder"
            )

    def check_values(self, data: Emotion, values: Mapping[str, Sequence[Any]]) -> None:
        """Do nothing: no setting of a method depends on the arrays."""

    def prepare(
        self,
        corpus: RatedCorpus,
        features: MfccSettings,
        settings: Mapping[str, Any],
        pretrained: Pretrained | None,
        progress: Progress,
    ) -> Emotion:
        """Prepare vectors of the utterances that have a ground truth; warn as `describe` does."""
        assert not isinstance(pretrained, SpeechModel)  # `check_pretrained`
        data = prepare_emotion(corpus, features, settings["vectors"], pretrained, progress)
        perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
        studied = studied_utterances(corpus.utterances, perceived)
        warnings = self._undefined(studied, corpus.emotions)
        return dataclasses.replace(data, notes=(*data.notes, *warnings))

    def check_test_data(self, corpus: RatedCorpus) -> None:
        """Do nothing: every session is tested in one of the folds."""

    def test_data(
        self,
        corpus: RatedCorpus,
        data: Emotion,
        features: MfccSettings,
        settings: Mapping[str, Any],
        progress: Progress,
    ) -> Emotion:
        """Return the arrays with the tested session of each fold as the evaluated one."""
        return dataclasses.replace(data, split="test")

    def tested(
        self, table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
    ) -> Measure:
        """Return the metrics of a tested seed, means over emotions and `<metric>_<emotion>`."""
        emotions = table["emotion"].to_numpy()
        rows = {str(emotion): emotions == emotion for emotion in dict.fromkeys(emotions)}
        detectors = {emotion: detector_predictions(table[at], seed) for emotion, at in rows.items()}

        def of_emotion(emotion: str, draws: Draws | None) -> dict[str, Values]:
            of_rows = None if draws is None else Draws(draws.counts, draws.unit[rows[emotion]])
            predictions = detectors[emotion]
            if predictions is None:
                return undefined(metrics, of_rows)
            return measure(metrics, dataclasses.replace(predictions, draws=of_rows))

        return lambda draws: over_emotions({name: of_emotion(name, draws) for name in detectors})

    def lacks(self, table: pd.DataFrame, threshold: float) -> list[str]:
        """Return the subsets, perceptions and emotions without an utterance."""
        groups = {
            "utterance of S1": table["s1"],
            "utterance of S2": ~table["s1"],
            "utterance whose truth only women perceive": table["aligned"] == 1,
            "utterance whose truth only men perceive": table["aligned"] == 0,
        }
        empty = [f"no {name}" for name, rows in groups.items() if not rows.any()]
        detected = table.groupby("emotion", sort=False)["truth"].any()
        return empty + [f"no utterance of {emotion}" for emotion in detected.index[~detected]]

    def gaps_by_chance(
        self, table: pd.DataFrame, speaker: Labels, seeds: Sequence[int], threshold: float
    ) -> dict[str, float]:
        """Return the gaps with the raters' genders given by chance, and `<metric>_<emotion>`."""
        gaps = [metric for metric in EMOTION if metric.gap]
        each = {}
        for emotion in table["emotion"].unique():
            rows = (table["emotion"] == emotion).to_numpy()
            every = [detector_predictions(table[rows], seed) for seed in seeds]
            finite = [predictions for predictions in every if predictions]
            levels = gaps_by_chance(gaps, finite, speaker[rows], "aligned")
            each[str(emotion)] = {key: np.asarray(level) for key, level in levels.items()}
        return {name: float(value) for name, value in over_emotions(each).items()}

    def specification(
        self,
        corpus: RatedCorpus,
        data: Emotion,
        settings: Mapping[str, Any],
        method: Method[Any, Any],
    ) -> EmotionSpecification:
        """Return emotions, sessions, and how vectors are pooled."""
        return emotion_specification(data, settings["vectors"].pooling)

    def measurement(
        self,
        predictor: EmotionPredictor,
        corpus: RatedCorpus,
        data: Emotion,
        progress: Progress | None,
    ) -> Measurement:
        """Predict the validation session of each detector from its files."""
        return emotion_measurement(predictor, corpus, data, progress)

    def card(self, bundle: Bundle) -> Card:
        """Return the words on a bundle."""
        task, method = bundle.task, bundle.method
        assert isinstance(task, EmotionSpecification)
        assert isinstance(method, EmotionMethod)
        way = task.normalisation
        return Card(
            prediction=f"predicts which of {', '.join(task.emotions)} **raters perceive**: for "
            "each the probability that they would agree on it, a mean over detectors of "
            f"{len(task.sessions)} folds, and the most probable one."
            f"{PERSPECTIVES * method.graded_by_perspectives}",
            groups="Groups are those of the **raters' gender**.",
            people={"female": "perceived by women", "male": "perceived by men"},
            tested="the session that each detector's fold left out",
            limits=(ALONE.get(way, TOGETHER.format(way)), *LIMITS),
            example="table.csv",  # with the speakers
        )
