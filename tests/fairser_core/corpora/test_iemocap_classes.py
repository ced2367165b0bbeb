from pathlib import Path

import pandas as pd
import pytest

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.iemocap_classes import read_iemocap_classes
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS
from tests.support.iemocap_release import dialog, write


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Five sessions; the woman of each utters all labels, and a turn without a majority."""
    release = tmp_path / "IEMOCAP_full_release"
    for session in range(1, 6):
        name = f"Ses0{session}M_impro01"  # the markers are the man's
        turns = (
            "F000 neu Neutral Neutral Sadness",
            "F001 exc Excited Excited Happiness",
            "F002 hap Happiness Happiness Neutral",
            "F003 ang Anger Anger Anger",
            "F004 sad Sadness Sadness Other",
            "F005 fru Frustration Frustration Anger",
            "F006 xxx Anger Neutral Sadness",
            "F007 oth Other Other Neutral",
        )
        write(release, session, name, dialog(session, "M_impro01", *turns))
    return release


@pytest.fixture
def corpus(release: Path) -> CategoryCorpus:
    return read_iemocap_classes(release)


def emotion(corpus: CategoryCorpus, number: int) -> object:
    return corpus.utterances.set_index("id")["emotion"][f"Ses01M_impro01_F00{number}"]


def test_four_classes_have_excited_as_happiness(corpus: CategoryCorpus) -> None:
    assert corpus.classes == ("neutral", "happiness", "anger", "sadness")
    assert emotion(corpus, 1) == emotion(corpus, 2) == "happiness"
    assert all(pd.isna(emotion(corpus, number)) for number in (5, 6, 7))


def test_frustration_is_the_fifth_by_choice(release: Path) -> None:
    corpus = read_iemocap_classes(release, classes=PAPER_EMOTIONS)
    assert corpus.classes == PAPER_EMOTIONS
    assert emotion(corpus, 5) == "frustration"


def test_votes_of_the_external_raters_need_no_genders(corpus: CategoryCorpus) -> None:
    votes = corpus.votes[corpus.votes["utterance"] == "Ses01M_impro01_F001"]
    assert dict(zip(votes["label"], votes["votes"], strict=True)) == {"happiness": 3.0}


def test_whole_sessions_are_in_one_split(corpus: CategoryCorpus) -> None:
    splits = corpus.utterances.groupby("session")["split"].unique().str.join(" ")
    assert splits.to_dict() == {
        "1": "train",
        "2": "train",
        "3": "train",
        "4": "validation",
        "5": "test",
    }
    assert set(corpus.utterances["speaker"]) == {f"{n}F" for n in range(1, 6)}
    assert set(corpus.utterances["gender"]) == {"female"}
    assert corpus.attributes == ("gender",)
