import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from fairser_core.corpora.audformat_database import read_audformat
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise
from tests.support.malformed import EDITS, FIXED, read_damaged

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

LABELS = ["anger", "neutral"]
SPEAKERS = {
    f"s{number}": {"gender": "female" if number % 2 else "male", "age": 20 + number}
    for number in range(10)
}


def test_the_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "audformat", None)
    with pytest.raises(CorpusError, match=r"pip install 'fairser\[audformat\]'"):
        read_audformat(tmp_path)


def write(root: Path, *, splits: bool = True, gold: bool = True, segmented: bool = False) -> Any:
    """Ten speakers with a file a label; one human rater disagrees on the first file."""
    audformat = pytest.importorskip("audformat")
    database = audformat.Database("small", usage="research", license="CC-BY-4.0")
    database.schemes["emotion"] = audformat.Scheme(labels=[*LABELS, "other"])
    database.schemes["speaker"] = audformat.Scheme(labels=SPEAKERS)
    database.raters["gold"] = audformat.Rater(audformat.define.RaterType.TRUTH)
    for rater in ("R1", "R2"):
        database.raters[rater] = audformat.Rater(audformat.define.RaterType.HUMAN)
    parts = {"train": range(6), "dev": range(6, 8), "test": range(8, 10)}
    every = []
    for split, numbers in parts.items():
        names = [f"audio/s{n}-{label}.wav" for n in numbers for label in LABELS]
        for name in names:
            noise(root / name, rate=8000)
        every += names
        if splits:
            database.splits[split] = audformat.Split(split)
        index = audformat.filewise_index(names)
        if segmented:
            index = audformat.segmented_index(names, [0.01] * len(names), [0.05] * len(names))
        table = audformat.Table(index, split_id=split if splits else None)
        database[f"emotion.{split}"] = table
        truth = [name.rpartition("-")[2].removesuffix(".wav") for name in names]
        columns = {"R1": truth, "R2": [LABELS[1] if split == "train" else truth[0], *truth[1:]]}
        columns |= {"gold": truth} if gold else {}
        for name, values in columns.items():
            table[name] = audformat.Column(scheme_id="emotion", rater_id=name)
            table[name].set(values)
    database["files"] = audformat.Table(audformat.filewise_index(every))
    database["files"]["speaker"] = audformat.Column(scheme_id="speaker")
    database["files"]["speaker"].set([Path(name).name.partition("-")[0] for name in every])
    database.save(str(root))
    return database


def test_gold_standards_are_classes_and_human_raters_votes(tmp_path: Path) -> None:
    write(tmp_path)
    corpus = read_audformat(tmp_path)
    assert corpus.classes == ("neutral", "anger")
    first = corpus.utterances.set_index("id").loc["audio/s0-anger.wav"]
    assert first[["speaker", "split", "emotion"]].tolist() == [
        "s0",
        "train",
        "anger",
    ]
    votes = corpus.votes[corpus.votes["utterance"] == "audio/s0-anger.wav"]
    assert dict(zip(votes["label"], votes["votes"], strict=True)) == {"anger": 1.0, "neutral": 1.0}
    counts = corpus.utterances["split"].value_counts().to_dict()
    assert counts == {"train": 12, "validation": 4, "test": 4}
    assert any("usage: research" in note for note in corpus.notes)


def test_what_the_scheme_knows_of_a_speaker_is_an_attribute(tmp_path: Path) -> None:
    write(tmp_path)
    corpus = read_audformat(tmp_path)
    assert corpus.attributes == ("gender", "age")
    ages = corpus.utterances.groupby("speaker")["age"].first().astype(int).to_dict()
    assert ages == {name: of["age"] for name, of in SPEAKERS.items()}


def test_without_a_gold_standard_most_votes_count(tmp_path: Path) -> None:
    write(tmp_path, gold=False)
    emotions = read_audformat(tmp_path).utterances.set_index("id")["emotion"]
    assert pd.isna(emotions["audio/s0-anger.wav"])  # one vote each
    assert emotions["audio/s0-neutral.wav"] == "neutral"


def test_without_splits_speakers_are_spread(tmp_path: Path) -> None:
    write(tmp_path, splits=False)
    corpus = read_audformat(tmp_path)
    counts = corpus.utterances.groupby(["split", "gender"])["speaker"].nunique()
    assert counts["train"].to_dict() == {"female": 3, "male": 3}
    assert counts["validation"].to_dict() == {"female": 1, "male": 1}
    assert any("no splits" in note for note in corpus.notes)


def test_segments_have_their_times(tmp_path: Path) -> None:
    write(tmp_path, segmented=True)
    rows = read_audformat(tmp_path).utterances.set_index("id")
    first = rows.loc["audio/s0-anger.wav 0.01-0.05"]
    assert (first["start"], first["end"]) == (0.01, 0.05)
    assert first["speaker"] == "s0"


def test_speakers_are_needed(tmp_path: Path) -> None:
    database = write(tmp_path)
    database.drop_tables("files")
    del database.schemes["speaker"]
    database.save(str(tmp_path))
    with pytest.raises(CorpusError, match="must have a scheme 'speaker'"):
        read_audformat(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    pytest.importorskip("audformat")
    with pytest.raises(CorpusError, match=r"has no db\.yaml"):
        read_audformat(tmp_path)
    write(tmp_path)
    header = tmp_path / "db.yaml"
    text = header.read_text()
    header.write_text(
        text.replace("scheme_id: emotion", "scheme_id: mood").replace("  emotion:", "  mood:")
    )
    with pytest.raises(
        CorpusError, match="must have a table with a column of the scheme 'emotion'"
    ):
        read_audformat(tmp_path)
    header.write_text("name: [")
    with pytest.raises(CorpusError, match="cannot be read as an audformat database"):
        read_audformat(tmp_path)


def test_a_rater_that_the_header_lacks_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    header = tmp_path / "db.yaml"
    header.write_text(header.read_text().replace("  R1: {type: human}\n", "", 1))
    with pytest.raises(CorpusError, match=r"cannot be read as an audformat database: .*'R1'"):
        read_audformat(tmp_path)


@FIXED
@given(edits=EDITS)
def test_damaged_headers(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int, int, str]]
) -> None:
    root = tmp_path_factory.getbasetemp() / "audformat"
    if not root.exists():
        write(root)
    corpus = read_damaged(read_audformat, root, "db.yaml", edits, ":")
    if corpus is not None:
        speakers = corpus.utterances["id"].str.extract("(s[0-9]+)-")[0]
        assert (speakers == corpus.utterances["speaker"]).all()
