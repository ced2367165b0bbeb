from pathlib import Path

import pandas as pd
import pytest

from fairser_core.corpora.rating_checks import Tables
from tests.support.audio import noise


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """A sound table: in each split two women and two men, each with a low and a high utterance.

    Row numbers are lines 2 to 25 of a file.
    """
    rows = [
        {
            "id": f"{split}-{gender}{number}-{activation}",
            "speaker": f"{split}-{gender}{number}",
            "gender": gender,
            "split": split,
            "activation": activation,
            "path": noise(tmp_path / "audio" / f"{split}-{gender}{number}-{activation}.wav"),
        }
        for split in ("train", "validation", "test")
        for gender in ("female", "male")
        for number in (1, 2)
        for activation in (2.0, 5.0)
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="line"))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Sound tables: three sessions of a woman and a man with two utterances each.

    Two women and two men rate; each utterance has three ratings, the first of every four by R1.
    Row numbers are lines of files from 2 on.
    """
    utterances = [
        {
            "id": f"{session}{letter}-{number}",
            "speaker": f"{session}{letter}",
            "gender": letter,
            "session": session,
            "path": noise(tmp_path / "audio" / f"{session}{letter}-{number}.wav"),
        }
        for session in "123"
        for letter in "FM"
        for number in (1, 2)
    ]
    ratings = [
        {"utterance": row["id"], "rater": rater, "label": label}
        for number, row in enumerate(utterances)
        for rater, label in zip(
            [f"R{1 + (number + i) % 4}" for i in range(3)], ["anger", "anger", "sad"], strict=True
        )
    ]
    raters = [{"rater": f"R{n}", "gender": "female" if n < 3 else "male"} for n in range(1, 5)]
    return Tables(
        *(
            pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name=unit))
            for rows, unit in (
                (utterances, "line"),
                (ratings, "ratings.csv line"),
                (raters, "raters.csv line"),
            )
        )
    )
