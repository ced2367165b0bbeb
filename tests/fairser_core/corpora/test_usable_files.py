"""Files that people have, in a corpus: read right, named, or left out and counted."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.problems import CorpusError, nearest

BAD = ("short.wav", "nan.wav", "half.flac")


def noise(seed: int, count: int = 16000) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.2, 0.2, count)


def write(table: pd.DataFrame, folder: Path, **form: str) -> Path:
    table.to_csv(folder / "manifest.csv", index=False, **form)  # type: ignore[call-overload]
    return folder / "manifest.csv"


@pytest.fixture
def bad(table: pd.DataFrame, tmp_path: Path) -> pd.DataFrame:
    """The sound table, and three files that only their content shows to be bad, in each split."""
    soundfile.write(tmp_path / "short.wav", noise(0, 480), 16000)
    samples = noise(1)
    samples[9] = np.nan
    soundfile.write(tmp_path / "nan.wav", samples, 16000, subtype="FLOAT")
    soundfile.write(tmp_path / "half.flac", noise(2, 64000), 16000)
    content = (tmp_path / "half.flac").read_bytes()
    (tmp_path / "half.flac").write_bytes(content[: len(content) // 2])
    rows = table.iloc[[0, 8, 16]].assign(id=BAD, path=BAD)
    return pd.concat([table, rows])


def test_bad_content_in_any_split_is_named_before_anything_is_trained(
    bad: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match="cannot be used") as error:
        read_manifest(write(bad, tmp_path))
    for name, rule in zip(BAD, ("must have at least 320", "got nan", "is not audio"), strict=True):
        assert re.search(
            rf"line \d+: {re.escape(str(tmp_path / name))}: .*{rule}", str(error.value)
        )
    assert "(rows like these can be skipped: --skip-broken)" in str(error.value)


def test_skipping_leaves_out_exactly_the_bad_files(bad: pd.DataFrame, tmp_path: Path) -> None:
    corpus = read_manifest(write(bad, tmp_path), skip_broken=True)
    assert len(corpus.utterances) == 24
    assert corpus.left_out == tuple(sorted(BAD))
    assert corpus.notes[-1] == "3 of 27 left out: 3 whose audio is missing or broken"


def test_a_corpus_goes_on_without_a_file_that_was_mended(bad: pd.DataFrame, tmp_path: Path) -> None:
    path = write(bad, tmp_path)
    before = read_manifest(path, skip_broken=True)
    soundfile.write(tmp_path / "short.wav", noise(3), 16000)
    mended = read_manifest(path, skip_broken=True)
    assert mended.fingerprint() != before.fingerprint()
    assert isinstance(mended, Corpus)
    without = mended.without(["short.wav"])
    assert without.fingerprint() == before.fingerprint()
    assert without.left_out == before.left_out


def test_a_value_that_is_not_finite_is_named_with_its_index(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    names = [f"{number}.npy" for number in range(len(table))]
    for number, name in enumerate(names):
        array = np.random.default_rng(number).normal(size=(40, 8)).astype(np.float32)
        if number == 5:
            array[3, 2] = np.nan
        np.save(tmp_path / name, array)
    path = write(table.drop(columns="path").assign(features=names), tmp_path)
    with pytest.raises(CorpusError, match=r"5\.npy: .* be finite, got nan in frame 3, coeffi"):
        read_manifest(path)
    assert len(read_manifest(path, skip_broken=True).utterances) == 23


def test_other_forms_of_a_table_are_the_same_corpus(table: pd.DataFrame, tmp_path: Path) -> None:
    expected = read_manifest(write(table, tmp_path)).fingerprint()
    excel = table.rename(columns=str.title)
    excel["Activation"] = [f"{value:.1f}".replace(".", ",") for value in excel["Activation"]]
    assert read_manifest(write(excel, tmp_path, sep=";")).fingerprint() == expected
    upper = tmp_path / "UPPER.CSV"
    write(table, tmp_path, sep="\t").rename(upper)
    assert read_manifest(upper).fingerprint() == expected


def test_a_header_that_cannot_be_used_is_shown(table: pd.DataFrame, tmp_path: Path) -> None:
    names = {"speaker": "speakers", "path": "Datei", "id": "Nr", "gender": "Geschlecht"}
    with pytest.raises(CorpusError, match="cannot be used") as error:
        read_manifest(write(table.rename(columns=names), tmp_path))
    lines = [line.strip() for line in str(error.value).splitlines()[1:]]
    assert lines[:3] == [
        "column 'speaker' is missing (is it 'speakers'?)",
        "column 'gender' is missing",
        "the columns are 'Nr', 'speakers', 'Geschlecht', 'split', 'activation', 'Datei'",
    ]
    assert "column 'id' is missing" not in lines


@pytest.mark.parametrize(
    ("name", "header", "meant"),
    [
        ("path", ["id", "file_path"], "file_path"),
        ("activation", ["partition", "act"], "act"),
        ("speaker", ["spkr", "split"], "spkr"),
        ("gender", ["sex", "age"], "sex"),
        ("path", ["pa", "p", ""], ""),
    ],
)
def test_the_nearest_name_of_a_header_is_meant(name: str, header: list[str], meant: str) -> None:
    assert nearest(name, header) == meant


def test_a_scale_that_was_inferred_is_shown_with_the_problems(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table["activation"] = table["activation"].map({2.0: 0, 5.0: 10})
    with pytest.raises(CorpusError, match=r"scale 0\.\.100 inferred from labels on 0\.\.10"):
        read_manifest(write(table, tmp_path))
    assert read_manifest(write(table, tmp_path), scale=(0, 10)).threshold == 5


def test_a_level_that_the_test_split_lacks_is_noted(table: pd.DataFrame, tmp_path: Path) -> None:
    assert read_manifest(write(table, tmp_path), scale=(1, 7)).notes == ()
    rows = (table["split"] == "test") & (table["gender"] == "female")
    table.loc[rows, "activation"] = 2.0
    (note,) = read_manifest(write(table, tmp_path), scale=(1, 7)).notes
    assert note.startswith("no female utterance of high activation in the test split")


def test_a_comma_is_refused_where_it_may_be_of_thousands(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table["activation"] = table["activation"].map({2.0: "2,125", 5.0: "5,375"})
    path = write(table, tmp_path)
    corpus = read_manifest(path, scale=(1, 7))
    assert {*corpus.utterances["activation"]} == {2.125, 5.375}
    with pytest.raises(CorpusError, match=r"0\.\.10000 without separators of thousands, got '2,1"):
        read_manifest(path, scale=(0, 10000), threshold=3)


def test_invisible_characters_and_empty_columns_do_not_count(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    path = write(table, tmp_path)
    expected = read_manifest(path).fingerprint()
    rows = path.read_text().splitlines()
    path.write_text("".join(f"\ufeff\ufeff{row}\u200b,,,\n" for row in rows))
    assert read_manifest(path).fingerprint() == expected


@pytest.mark.parametrize("separator", ["|", " ", ":", "^"])
def test_other_separators_are_named(table: pd.DataFrame, tmp_path: Path, separator: str) -> None:
    with pytest.raises(CorpusError, match="must have commas, semicolons or tabs between its"):
        read_manifest(write(table, tmp_path, sep=separator))


def test_a_missing_column_comes_with_the_header_as_read_and_the_remedy(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    names = {"activation": "Arousal", "path": "Clip"}
    with pytest.raises(CorpusError, match="cannot be used") as error:
        read_manifest(write(table.drop(columns="id").rename(columns=names), tmp_path))
    lines = str(error.value).splitlines()
    assert "  column 'activation' is missing (is it 'Arousal'?)" in lines
    assert [line for line in lines if "the columns are" in line] == [
        "  the columns are 'speaker', 'gender', 'split', 'Arousal', 'Clip'"
    ]
    assert "  (columns of other names: --column KNOWN=NAME,..., e.g. --column act" in str(
        error.value
    )


def test_a_speaker_of_several_genders_is_noted(table: pd.DataFrame, tmp_path: Path) -> None:
    assert not any("genders" in note for note in read_manifest(write(table, tmp_path)).notes)
    table["speaker"] = [f"{split} {n % 4 // 2}" for n, split in enumerate(table["split"])]
    notes = read_manifest(write(table, tmp_path)).notes
    assert any("speakers are of several genders: 'test " in note for note in notes), notes
