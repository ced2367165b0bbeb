from pathlib import Path

import pytest

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.emodb import CLASSES, GENDERS, read_emodb
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for speaker in GENDERS:
        for letter in CLASSES:
            noise(tmp_path / "wav" / f"{speaker}a01{letter}a.wav", rate=16000)
    noise(tmp_path / "wav" / "03a02Wb.wav", rate=16000)
    noise(tmp_path / "wav" / "99a02Wb.wav", rate=16000)  # no speaker of the corpus
    (tmp_path / "wav" / "erklaerung.txt").write_text("no file of the corpus")
    return tmp_path


@pytest.fixture
def corpus(release: Path) -> CategoryCorpus:
    return read_emodb(release)


def test_speaker_and_class_are_taken_from_the_name(corpus: CategoryCorpus) -> None:
    assert len(corpus.utterances) == 71
    rows = corpus.utterances.set_index("id")
    assert rows.loc["03a01Fa", ["speaker", "gender", "emotion"]].tolist() == [
        "03",
        "male",
        "happiness",
    ]
    assert rows.loc["16a01La", ["speaker", "gender", "emotion"]].tolist() == [
        "16",
        "female",
        "boredom",
    ]
    letters = {name[5]: emotion for name, emotion in rows["emotion"].items()}
    assert letters == CLASSES


def test_three_speakers_of_each_gender_train_one_validates_one_tests(
    corpus: CategoryCorpus,
) -> None:
    counts = corpus.utterances.groupby(["gender", "split"])["speaker"].nunique()
    for gender in ("female", "male"):
        assert counts[gender].to_dict() == {"train": 3, "validation": 1, "test": 1}


def test_the_folder_of_the_files_itself_can_be_given(release: Path, corpus: CategoryCorpus) -> None:
    again = read_emodb(release / "wav", classes=("anger", "neutral"))
    assert again.utterances["id"].tolist() == corpus.utterances["id"].tolist()
    assert again.classes == ("anger", "neutral")


def test_a_folder_without_such_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"wav/03a01Wa\.wav.*no such file"):
        read_emodb(tmp_path)


def test_files_of_the_release_that_are_missing_are_counted(corpus: CategoryCorpus) -> None:
    assert "464 of the release's 535 files are missing" in corpus.notes
