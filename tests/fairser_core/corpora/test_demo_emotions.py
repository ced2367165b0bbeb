import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fairser_core.corpora import RATED_READERS, demo_emotions
from fairser_core.corpora.demo_emotions import DEMO, read_demo_emotions
from fairser_core.corpora.demo_emotions_recipe import PRESETS, Recipe, rated_tables
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS, RatedCorpus

TINY = Recipe(utterances=60, width=10)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> RatedCorpus:
    return read_demo_emotions(tmp_path_factory.mktemp("demo_emotions"))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    presets = {"biased": TINY, "null": Recipe(utterances=60, width=10, cue=0.0)}
    monkeypatch.setattr(demo_emotions, "DEMO", replace(DEMO, presets=presets))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_a_rated_corpus_like_any_other(corpus: RatedCorpus) -> None:
    assert (corpus.name, corpus.emotions) == ("demo_emotions", PAPER_EMOTIONS)
    assert corpus.notes == ("synthesised features and votes, preset biased",)
    assert corpus.utterances["session"].value_counts().to_dict() == dict.fromkeys("12345", 440)
    assert corpus.utterances["speaker"].nunique() == 10
    assert RATED_READERS["demo_emotions"].read is read_demo_emotions


def test_features_are_those_of_the_recipe_one_frame_each(corpus: RatedCorpus) -> None:
    tables, expected = rated_tables(PRESETS["biased"])
    assert corpus.utterances["id"].tolist() == tables.utterances["id"].tolist()
    for path, vector in zip(corpus.utterances["features"][::100], expected[::100], strict=True):
        features = np.load(path)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, vector[None], rtol=1e-6)


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        DEMO.make(TINY, tmp_path / name)
    first = contents(tmp_path / "first")
    assert first == contents(tmp_path / "second")
    assert len(first) == 63
    DEMO.make(Recipe(seed=2, utterances=60, width=10), tmp_path / "other")
    others = contents(tmp_path / "other")
    assert all(others[name] != first[name] for name in first if name != "raters.csv")


@pytest.mark.usefixtures("tiny")
def test_it_is_made_once_and_each_preset_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = {name: read_demo_emotions(tmp_path, preset=name).fingerprint() for name in PRESETS}
    assert prints["biased"] != prints["null"]
    unmade = replace(demo_emotions.DEMO, write=None)
    monkeypatch.setattr(demo_emotions, "DEMO", unmade)
    assert read_demo_emotions(tmp_path).fingerprint() == prints["biased"]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.usefixtures("tiny")
def test_it_is_kept_in_the_cache_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path))
    path = Path(read_demo_emotions().utterances["features"][0])
    assert path.is_relative_to(tmp_path / "demo_emotions")


def test_progress_counts_up_and_an_interrupted_making_leaves_nothing(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    DEMO.make(TINY, tmp_path / "demo", lambda done, total: seen.append((done, total)))
    assert seen == [(number, 60) for number in range(1, 61)]
    shutil.rmtree(tmp_path / "demo")

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        DEMO.make(TINY, tmp_path / "demo", interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("tiny")
def test_a_damaged_corpus_says_how_to_have_it_made_again(tmp_path: Path) -> None:
    path = Path(read_demo_emotions(tmp_path).utterances["features"][3])
    os.remove(path)
    with pytest.raises(CorpusError, match=r"line 5: .*: cannot be read \(No such file") as error:
        read_demo_emotions(tmp_path)
    assert f"made again once {path.parent} is deleted" in str(error.value)
    corpus = read_demo_emotions(tmp_path, skip_broken=True)
    assert len(corpus.utterances) == 59
    assert any("1 of 60 utterances left out" in note for note in corpus.notes)


def test_an_unknown_preset_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="`preset` must be one of biased, null, got 'fair'"):
        read_demo_emotions(tmp_path, preset="fair")
