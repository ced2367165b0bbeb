import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.msp_podcast import CLASSES
from fairser_core.corpora.msp_podcast_classes import EIGHT, read_msp_podcast_classes
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise
from tests.support.malformed import EDITS, FIXED, read_damaged

SPLITS = {"Train": "train", "Development": "validation", "Test1": "test", "Test2": ""}
FIRST = "MSP-PODCAST_0000_0000.wav"
ADJECTIVES = {"anger": "Angry", "happiness": "Happy", "sadness": "Sad"}
LETTERS = [*CLASSES, "X"]

RATINGS = [
    (FIRST, "WORKER00000001", "Angry", "Angry,Frustrated,Sad"),
    (FIRST, "WORKER00000002", "Other-bored", "Annoyed"),
    (FIRST, "WORKER00000001", "Neutral", "Neutral"),  # rated twice: the first counts
    (FIRST, "WORKER00000003", "Angry", ""),
]


def files() -> list[tuple[str, str, str]]:
    """File, letter and split of a clip of each letter in each split."""
    return [
        (f"MSP-PODCAST_{part:04}_{number:04}.wav", letter, split)
        for part, split in enumerate(SPLITS)
        for number, letter in enumerate(LETTERS)
    ]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    lines = ["FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"]
    for file, letter, split in files():
        noise(tmp_path / "Audios" / file, rate=16000)
        speaker = list(SPLITS).index(split)
        lines.append(f"{file},{letter},4.0,4.0,4.0,{speaker},Female,{split}")
    (tmp_path / "Labels").mkdir()
    (tmp_path / "Labels" / "labels_consensus.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def write_columns(release: Path) -> None:
    """Releases 1.6 and the newest: a column a label."""
    header = "FileName,Workers,EmoClass_Major,EmoClass_Second,EmoAct,EmoDom,EmoVal"
    rows = [f'{file},{rater},{first},"{second}",4,4,4' for file, rater, first, second in RATINGS]
    write(release, "labels_detailed.csv", [header, *rows])


def write_details(release: Path) -> None:
    """Releases 1.7 to 1.11: all labels in a column."""
    rows = [
        f'{file},"{rater}; {first}; {second or first}; A:4.000000; V:4.000000; D:5.000000;"'
        for file, rater, first, second in RATINGS
    ]
    write(release, "labels_detailed.csv", ["FileName,EmoDetail", *rows])


def write_text(release: Path) -> None:
    """Releases before 1.6."""
    rows = [f"{FIRST}; A; A:4.0; V:4.0; D:4.0;"]
    rows += [
        f"{r}; {first}; {second or first}; A:4.0; V:4.0; D:5.0;" for _, r, first, second in RATINGS
    ]
    write(release, "labels.txt", rows)


def write_json(release: Path) -> None:
    raters = {r: {"EmoClass_Major": f, "EmoClass_Second": s} for _, r, f, s in reversed(RATINGS)}
    write(release, "labels_detailed.json", [json.dumps({FIRST: dict(reversed(raters.items()))})])


def write_json_list(release: Path) -> None:
    raters = [
        {"Name": r, "EmoClass_Major": f, "EmoClass_Second": s.split(",") if s else []}
        for _, r, f, s in RATINGS
    ]
    write(release, "labels_detailed.json", [json.dumps({FIRST: {"Workers": raters}})])


def write(release: Path, name: str, lines: list[str]) -> None:
    (release / "Labels" / name).write_text("\n".join(lines) + "\n")


LAYOUTS = [write_columns, write_details, write_text, write_json, write_json_list]


def votes_on_first(corpus: CategoryCorpus) -> dict[str, float]:
    votes = corpus.votes[corpus.votes["utterance"] == FIRST]
    return dict(zip(votes["label"], votes["votes"], strict=True))


def test_eight_classes_are_of_the_consensus_without_votes(release: Path) -> None:
    corpus = read_msp_podcast_classes(release)
    assert corpus.classes == EIGHT
    assert len(corpus.utterances) == 3 * len(LETTERS)
    emotions = corpus.utterances.set_index("id")["emotion"]
    given = [emotions[f"MSP-PODCAST_0000_{n:04}.wav"] for n in range(len(LETTERS))]
    assert given[:8] == ["anger", "happiness", "sadness", "neutral", *EIGHT[4:]]
    assert pd.isna(given[8])  # other
    assert pd.isna(given[9])  # without agreement
    assert any("without votes" in note for note in corpus.notes)
    assert "10 of 40 left out: in Test2 or Test3" in corpus.notes
    assert corpus.attributes == ("gender",)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_primary_votes_are_read_in_every_layout(release: Path, layout) -> None:  # type: ignore[no-untyped-def]
    layout(release)
    corpus = read_msp_podcast_classes(release)
    assert votes_on_first(corpus) == {"anger": 2.0, "other": 1.0}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_secondary_votes_have_their_weight_by_choice(release: Path, layout) -> None:  # type: ignore[no-untyped-def]
    layout(release)
    corpus = read_msp_podcast_classes(release, secondary=0.5)
    assert votes_on_first(corpus) == {
        "anger": 2.0,
        "frustrated": 0.5,
        "sadness": 0.5,
        "other": 1.0,
        "annoyed": 0.5,
    }


def test_secondary_votes_need_votes(release: Path) -> None:
    with pytest.raises(CorpusError, match=r"votes on secondary labels need labels_detailed\.csv"):
        read_msp_podcast_classes(release, secondary=0.5)
    with pytest.raises(CorpusError, match=r"`secondary` must be in 0\.\.1, got 2"):
        read_msp_podcast_classes(release, secondary=2)


@pytest.mark.parametrize(
    "content", ["[1]", "{", '{"a.wav": {"W1": {}}}', '{"a.wav": 3}', "[" * 200_000]
)
def test_a_damaged_json_file_is_named(release: Path, content: str) -> None:
    write(release, "labels_detailed.json", [content])
    with pytest.raises(CorpusError, match=r"labels_detailed\.json must hold raters by file"):
        read_msp_podcast_classes(release)


def test_unknown_columns_are_listed(release: Path) -> None:
    write(release, "labels_detailed.csv", ["FileName,Person,Label", f"{FIRST},W1,Angry"])
    with pytest.raises(CorpusError, match=r"must have columns FileName and EmoDetail.*'Person'"):
        read_msp_podcast_classes(release)


@FIXED
@given(edits=EDITS)
def test_damaged_ratings(release: Path, edits: list[tuple[str, int, int, str]]) -> None:
    write_columns(release)
    (file,) = [path.name for path in (release / "Labels").iterdir() if "detailed" in path.name]
    corpus = read_damaged(read_msp_podcast_classes, release, f"Labels/{file}", edits)
    if corpus is not None:
        assert set(corpus.votes["utterance"]) <= set(corpus.utterances["id"])
        assert (corpus.votes["votes"] > 0).all()
