import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.problems import CorpusError


@pytest.fixture
def manifest(table: pd.DataFrame, tmp_path: Path) -> Path:
    """A CSV whose paths are relative to it, without ids, and with a column of its own."""
    relative = [os.path.relpath(path, tmp_path) for path in table["path"]]
    moved = table.drop(columns="id").assign(path=relative, mood="calm")
    moved.to_csv(tmp_path / "manifest.csv", index=False)
    return tmp_path / "manifest.csv"


def relabelled(manifest: Path, low: float, high: float) -> Path:
    table = pd.read_csv(manifest)
    table["activation"] = table["activation"].map({2.0: low, 5.0: high})
    table.to_csv(manifest, index=False)
    return manifest


def test_a_file_or_its_folder_can_be_given(manifest: Path) -> None:
    by_file, by_folder = read_manifest(manifest), read_manifest(manifest.parent)
    pd.testing.assert_frame_equal(by_file.utterances, by_folder.utterances)
    assert by_file.name == "manifest"


def test_relative_paths_count_from_the_manifest_in_any_working_folder(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (manifest.parent / "elsewhere").mkdir()
    monkeypatch.chdir(manifest.parent / "elsewhere")
    corpus = read_manifest(Path("..") / "manifest.csv")
    assert all(os.path.isabs(path) and os.path.exists(path) for path in corpus.utterances["path"])


def test_absolute_paths_stay(manifest: Path, table: pd.DataFrame) -> None:
    table.to_csv(manifest, index=False)
    assert read_manifest(manifest).utterances["path"].tolist() == table["path"].tolist()


def test_ids_are_the_paths_as_written_unless_given(manifest: Path, table: pd.DataFrame) -> None:
    written = pd.read_csv(manifest)["path"].tolist()
    assert read_manifest(manifest).utterances["id"].tolist() == written
    table.to_csv(manifest, index=False)
    assert read_manifest(manifest).utterances["id"].tolist() == table["id"].tolist()


def test_further_columns_are_kept(manifest: Path) -> None:
    assert read_manifest(manifest).utterances["mood"].unique().tolist() == ["calm"]


def test_speaker_007_is_not_speaker_7(manifest: Path) -> None:
    text = manifest.read_text().replace("train-female1,", "007,").replace("test-female1,", "7,")
    manifest.write_text(text)
    assert {"007", "7"} <= set(read_manifest(manifest).utterances["speaker"])


def test_parquet_gives_the_same_corpus(manifest: Path) -> None:
    other = manifest.with_name("other.parquet")
    pd.read_csv(manifest).to_parquet(other)
    expected = read_manifest(manifest).utterances
    pd.testing.assert_frame_equal(read_manifest(other).utterances, expected)


def test_features_are_relative_to_the_manifest_too(manifest: Path) -> None:
    table = pd.read_csv(manifest)
    names = [f"{number}.npy" for number in range(len(table))]
    for number, name in enumerate(names):
        np.save(manifest.parent / name, np.full((4, 3), float(number)))
    table.drop(columns="path").assign(features=names).to_csv(manifest, index=False)
    corpus = read_manifest(manifest)
    assert corpus.utterances["features"].tolist() == [str(manifest.parent / n) for n in names]
    assert corpus.utterances["id"].tolist() == names


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        (0.0, 1.0, (0, 1)),
        (-0.2, 0.9, (-1, 1)),
        (1.0, 4.5, (1, 5)),
        (0.5, 4.5, (0, 100)),
        (2.0, 5.1, (1, 7)),
        (1.0, 9.0, (1, 9)),
        (1.0, 60.0, (0, 100)),
    ],
)
def test_the_scale_is_the_smallest_standard_one_that_holds_all_labels(
    manifest: Path, low: float, high: float, scale: tuple[float, float]
) -> None:
    threshold = (low + high) / 2
    corpus = read_manifest(relabelled(manifest, low, high), threshold=threshold)
    assert corpus.scale == scale
    expected = f"scale {scale[0]}..{scale[1]} inferred from labels on {low:g}..{high:g}"
    assert any(note.startswith(expected) for note in corpus.notes)


def test_columns_may_bear_other_names(manifest: Path) -> None:
    expected = read_manifest(manifest).utterances
    table = pd.read_csv(manifest).rename(columns={"activation": "arousal", "speaker": "who"})
    table.assign(activation=9.0).to_csv(manifest, index=False)
    corpus = read_manifest(manifest, column=("activation=arousal", "speaker=who"))
    pd.testing.assert_frame_equal(corpus.utterances[[*expected]], expected)


def test_a_column_that_is_not_there_is_named_with_the_nearest(manifest: Path) -> None:
    with pytest.raises(CorpusError, match=r"no column 'speeker' to take for 'speaker'.*'speaker'$"):
        read_manifest(manifest, column=("speaker=speeker",))


def test_a_declared_scale_is_taken_without_a_note(manifest: Path) -> None:
    corpus = read_manifest(manifest, scale=(0.0, 10.0), threshold=3.0)
    assert (corpus.scale, corpus.threshold, corpus.notes) == ((0.0, 10.0), 3.0, ())


def test_labels_on_no_standard_scale_need_a_declared_one(manifest: Path) -> None:
    relabelled(manifest, -3.0, 3.0)
    with pytest.raises(CorpusError, match=r"-3\.\.3, which no standard scale holds.*--scale"):
        read_manifest(manifest)
    assert read_manifest(manifest, scale=(-3.0, 3.0)).threshold == 0.0


def test_a_scale_must_run_upwards(manifest: Path) -> None:
    with pytest.raises(CorpusError, match=r"low < high, got \(7\.0, 1\.0\)"):
        read_manifest(manifest, scale=(7.0, 1.0))


def test_problems_bear_the_lines_of_the_file(manifest: Path) -> None:
    lines = manifest.read_text().splitlines()
    lines[3] = lines[3].replace("female,train", "x,train")
    manifest.write_text("\n".join([lines[0], "", *lines[1:]]))
    with pytest.raises(CorpusError, match=r"manifest\.csv cannot be used:\n  line 5: gender"):
        read_manifest(manifest)
    assert len(read_manifest(manifest, skip_broken=True).utterances) == 23


def test_problems_of_parquet_bear_rows_counted_from_one(manifest: Path) -> None:
    other = manifest.with_name("other.parquet")
    table = pd.read_csv(manifest)
    table.loc[0, "gender"] = "x"
    table.to_parquet(other)
    with pytest.raises(CorpusError, match=r"other\.parquet cannot be used:\n  row 1: gender"):
        read_manifest(other)


def test_labels_that_are_no_numbers_are_problems_not_part_of_the_scale(manifest: Path) -> None:
    text = manifest.read_text().replace(",2.0,", ",inf,", 1)
    manifest.write_text(text)
    with pytest.raises(CorpusError, match=r"line 2: activation must be a number on 1\.\.5"):
        read_manifest(manifest)
    manifest.write_text(text.replace(",2.0,", ",low,").replace(",5.0,", ",high,"))
    with pytest.raises(CorpusError, match="got 'low'"):
        read_manifest(manifest)


@pytest.mark.parametrize("column", ["speaker", "gender", "split", "activation", "path"])
def test_a_missing_column_is_named(manifest: Path, column: str) -> None:
    pd.read_csv(manifest).drop(columns=column).to_csv(manifest, index=False)
    with pytest.raises(CorpusError, match=f"column '{column}'"):
        read_manifest(manifest)


def test_a_manifest_must_be_given_and_exist(manifest: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"needs a manifest, a \.csv or \.parquet.*none was given"
    ):
        read_manifest(None)
    with pytest.raises(CorpusError, match="nowhere does not exist"):
        read_manifest(manifest.parent / "nowhere")
    with pytest.raises(
        CorpusError, match=r"hold one of manifest\.csv and manifest\.parquet, has 0"
    ):
        read_manifest(manifest.parent / "audio")
    (manifest.parent / "manifest.parquet").touch()
    with pytest.raises(CorpusError, match=r"must hold one of .*, has 2"):
        read_manifest(manifest.parent)
    with pytest.raises(CorpusError, match="cannot be read as Parquet"):
        read_manifest(manifest.parent / "manifest.parquet")
    other = manifest.rename(manifest.with_suffix(".txt"))
    with pytest.raises(
        CorpusError, match=r"must be a \.csv, \.tsv or \.parquet file, got .*manifest\.txt"
    ):
        read_manifest(other)


def test_a_scale_that_most_labels_break_is_at_fault(manifest: Path) -> None:
    relabelled(manifest, 2.0, 50.0)
    table = pd.read_csv(manifest)
    off, count = int((table["activation"] == 50).sum()), len(table)
    assert 2 * off == count  # half of them: the rows are at fault
    with pytest.raises(CorpusError, match=r"activation must be a number on 1\.\.7, got"):
        read_manifest(manifest, scale=(1.0, 7.0))
    with pytest.raises(
        CorpusError,
        match=rf"manifest\.csv: {count} of {count} labels are off the scale 60\.\.70 that is "
        r"declared; activation runs over 2\.\.50: declare another with --scale LOW,HIGH",
    ):
        read_manifest(manifest, scale=(60.0, 70.0))


def test_the_header_is_shown_as_it_was_read_with_the_option_for_other_names(
    manifest: Path,
) -> None:
    pd.read_csv(manifest).rename(columns={"activation": "loudness"}).to_csv(manifest, index=False)
    with pytest.raises(CorpusError) as error:
        read_manifest(manifest)
    text = str(error.value)
    assert "the columns are 'speaker', 'gender', 'split', 'loudness', 'path', 'mood'\n" in text
    assert "--column activation=" in text
    assert read_manifest(manifest, column=("activation=loudness",)).threshold == 3.0
