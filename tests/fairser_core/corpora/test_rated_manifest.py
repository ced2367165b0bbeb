import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora import RATED_READERS
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_manifest import has_ratings, read_rated_manifest
from fairser_core.corpora.rating_checks import Tables


@pytest.fixture
def manifest(tables: Tables, tmp_path: Path) -> Path:
    """A manifest with paths relative to it, and its ratings and raters; labels in capitals."""
    path = tmp_path / "manifest.csv"
    relative = [os.path.relpath(first, tmp_path) for first in tables.utterances["path"]]
    tables.utterances.assign(path=relative, mood="calm").to_csv(path, index=False)
    shouted = tables.ratings.assign(label=tables.ratings["label"].str.upper())
    shouted.to_csv(tmp_path / "ratings.csv", index=False)
    tables.raters.to_csv(tmp_path / "raters.csv", index=False)
    return path


def replaced(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_the_three_tables_are_read(manifest: Path, tables: Tables) -> None:
    corpus = read_rated_manifest(manifest)
    assert corpus.name == "manifest"
    assert corpus.utterances["path"].tolist() == tables.utterances["path"].tolist()
    assert corpus.utterances["mood"].unique().tolist() == ["calm"]
    assert corpus.ratings.to_numpy().tolist() == tables.ratings.to_numpy().tolist()
    assert corpus.raters["rater"].tolist() == ["R1", "R2", "R3", "R4"]
    assert RATED_READERS["manifest"].read is read_rated_manifest


def test_a_file_or_its_folder_can_be_given(manifest: Path) -> None:
    by_file, by_folder = read_rated_manifest(manifest), read_rated_manifest(manifest.parent)
    pd.testing.assert_frame_equal(by_file.utterances, by_folder.utterances)


@pytest.mark.parametrize("label", ["{", "{0}", "100%s", "[red]"])
def test_labels_are_no_templates(manifest: Path, label: str) -> None:
    path = manifest.with_name("ratings.csv")
    ratings = pd.read_csv(path)
    ratings.loc[0, "label"] = label
    ratings.loc[1, "label"] = ""
    ratings.to_csv(path, index=False)
    with pytest.raises(CorpusError, match="label must be one of ") as error:
        read_rated_manifest(manifest)
    assert label.lower() in str(error.value)


def test_utterances_without_ids_are_named_by_their_paths(manifest: Path) -> None:
    table = pd.read_csv(manifest)
    ids = dict(zip(table["id"], table["path"], strict=True))
    table.drop(columns="id").to_csv(manifest, index=False)
    ratings = pd.read_csv(manifest.with_name("ratings.csv"))
    ratings["utterance"] = ratings["utterance"].map(ids)
    ratings.to_csv(manifest.with_name("ratings.csv"), index=False)
    assert read_rated_manifest(manifest).utterances["id"].tolist() == list(ids.values())


def test_each_table_may_be_parquet(manifest: Path) -> None:
    expected = read_rated_manifest(manifest)
    for name in ("ratings", "raters", "manifest"):
        path = manifest.with_name(f"{name}.csv")
        pd.read_csv(path).to_parquet(path.with_suffix(".parquet"))
        path.unlink()
        result = read_rated_manifest(manifest.parent)
        pd.testing.assert_frame_equal(result.ratings, expected.ratings)
        pd.testing.assert_frame_equal(result.utterances, expected.utterances)


def test_features_can_stand_in_for_audio(manifest: Path) -> None:
    table = pd.read_csv(manifest)
    names = [f"{number}.npy" for number in range(len(table))]
    for number, name in enumerate(names):
        np.save(manifest.parent / name, np.full((1, 4), number, dtype=np.float32))
    table.drop(columns="path").assign(features=names).to_csv(manifest, index=False)
    result = read_rated_manifest(manifest).utterances["features"].tolist()
    assert result == [str(manifest.parent / name) for name in names]


def test_all_labels_but_other_are_studied_the_papers_first(manifest: Path) -> None:
    path = manifest.with_name("ratings.csv")
    for label in ("Neutral", "boredom", "Other", "frustration"):
        replaced(path, "ANGER", label)
    corpus = read_rated_manifest(manifest)
    assert corpus.emotions == ("neutral", "anger", "frustration", "boredom", "sad")
    note = "labels found in the ratings: neutral, anger, frustration, boredom, other, sad"
    assert corpus.notes == (note,)


def test_problems_name_the_file_and_the_line(manifest: Path) -> None:
    replaced(manifest, ",F,1,", ",x,1,")
    replaced(manifest.with_name("ratings.csv"), "SAD", "")
    replaced(manifest.with_name("raters.csv"), "R2,female", "R2,")
    with pytest.raises(CorpusError, match=r"manifest\.csv cannot be used:\n  line 2: gender") as at:
        read_rated_manifest(manifest)
    assert "\n  ratings.csv line 4: label must be one of anger, sad, got ''" in str(at.value)
    assert "\n  raters.csv line 3: gender must be one of female" in str(at.value)
    assert len(read_rated_manifest(manifest, skip_broken=True).utterances) == 11


def test_a_given_emotion_that_no_rating_names_is_a_problem(manifest: Path) -> None:
    table = pd.read_csv(manifest)
    table.assign(emotion=["anger"] * 11 + ["angr"]).to_csv(manifest, index=False)
    with pytest.raises(CorpusError, match=r"line 13: emotion must be .* anger, sad, got 'angr'"):
        read_rated_manifest(manifest)


@pytest.mark.parametrize("name", ["ratings", "raters"])
def test_both_tables_must_lie_beside_the_manifest_once(manifest: Path, name: str) -> None:
    path = manifest.with_name(f"{name}.csv")
    path.with_suffix(".parquet").touch()
    rule = rf"must have one of {name}\.csv and {name}\.parquet beside it, has"
    with pytest.raises(CorpusError, match=f"{rule} 2"):
        read_rated_manifest(manifest)
    path.unlink()
    path.with_suffix(".parquet").unlink()
    with pytest.raises(CorpusError, match=f"{rule} 0"):
        read_rated_manifest(manifest)


def test_a_missing_column_is_named_with_its_table(manifest: Path) -> None:
    pd.read_csv(manifest).drop(columns="session").to_csv(manifest, index=False)
    path = manifest.with_name("ratings.csv")
    pd.read_csv(path).drop(columns="label").to_csv(path, index=False)
    with pytest.raises(CorpusError, match="column 'session' is missing") as error:
        read_rated_manifest(manifest)
    assert "column 'label' of the ratings is missing" in str(error.value)


def test_a_manifest_has_ratings_if_either_table_lies_beside_it(manifest: Path) -> None:
    assert has_ratings(manifest)
    manifest.with_name("ratings.csv").unlink()
    assert has_ratings(manifest.parent)
    manifest.with_name("raters.csv").unlink()
    assert not has_ratings(manifest)
    with pytest.raises(CorpusError, match="needs a manifest"):
        has_ratings(manifest.parent / "nowhere")
