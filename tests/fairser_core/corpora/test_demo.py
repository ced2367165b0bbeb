import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.corpora import READERS, demo
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.demo import DEMO, read_demo
from fairser_core.corpora.demo_recipe import PRESETS, Recipe
from fairser_core.corpora.problems import CorpusError

TINY = Recipe(utterances=(16, 16, 16), speakers=(6, 6, 6), women=(0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def smoke(folder: Path) -> Corpus:
    return read_demo(folder, smoke=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_a_corpus_like_any_other(smoke: Corpus) -> None:
    assert (smoke.name, smoke.scale, smoke.threshold) == ("demo", (1.0, 7.0), 3.5)
    assert smoke.notes == ("synthesised speech, preset biased",)
    assert smoke.utterances.groupby("split").size().to_dict() == {
        "train": 80,
        "validation": 40,
        "test": 40,
    }
    assert READERS["demo"].read is read_demo


def test_audio_is_16_bit_mono_at_8_khz_and_lasts_as_the_table_says(smoke: Corpus) -> None:
    for path, duration in zip(
        smoke.utterances["path"], smoke.utterances["duration"].astype(float), strict=True
    ):
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
        assert info.frames == round(duration * 8000)
        assert 0.003 < np.sqrt(np.mean(soundfile.read(path)[0] ** 2)) < 0.3


def test_it_is_made_once(folder: Path, smoke: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DEMO", replace(DEMO, write=None))
    assert read_demo(folder, smoke=True).fingerprint() == smoke.fingerprint()


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        DEMO.make(TINY, tmp_path / name)
    first = contents(tmp_path / "first")
    assert first == contents(tmp_path / "second")
    assert len(first) == 49
    DEMO.make(replace(TINY, seed=2), tmp_path / "other")
    assert all(contents(tmp_path / "other")[name] != first[name] for name in first)


def test_every_recipe_has_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    presets = {"biased": TINY, "null": replace(TINY, rotation=0.0)}
    monkeypatch.setattr(demo, "DEMO", replace(DEMO, presets=presets))
    prints = {name: read_demo(tmp_path, preset=name).fingerprint() for name in PRESETS}
    assert prints["biased"] != prints["null"]
    monkeypatch.setitem(presets, "biased", replace(TINY, seed=2))
    assert read_demo(tmp_path).fingerprint() not in prints.values()
    later = replace(DEMO, presets=presets, version=DEMO.version + 1)
    monkeypatch.setattr(demo, "DEMO", later)
    read_demo(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def test_it_is_kept_in_the_cache_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path))
    monkeypatch.setattr(demo, "DEMO", replace(DEMO, presets={"biased": TINY}))
    corpus = read_demo()
    assert Path(corpus.utterances["path"][0]).is_relative_to(tmp_path / "demo")


def test_progress_counts_up_to_all_utterances(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    DEMO.make(TINY, tmp_path / "demo", lambda done, total: seen.append((done, total)))
    assert seen == [(number, 48) for number in range(1, 49)]


def test_an_interrupted_making_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        DEMO.make(TINY, tmp_path / "demo", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_several_may_make_it_at_once(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: DEMO.make(TINY, root), range(3)))
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    assert len(contents(root)) == 49


def test_an_unwritable_path_is_an_error_not_a_success(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        DEMO.make(TINY, tmp_path / "file" / "demo")


def test_a_damaged_corpus_says_how_to_have_it_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DEMO", replace(DEMO, presets={"biased": TINY}))
    path = read_demo(tmp_path).utterances["path"][3]
    os.remove(path)
    with pytest.raises(CorpusError, match=r"line 5: .*: cannot be read \(No such file") as error:
        read_demo(tmp_path)
    assert f"made again once {Path(path).parent} is deleted" in str(error.value)
    assert len(read_demo(tmp_path, skip_broken=True).utterances) == 47
    shutil.rmtree(Path(path).parent)
    assert len(read_demo(tmp_path).utterances) == 48


def test_the_threshold_can_be_set(folder: Path, smoke: Corpus) -> None:
    assert read_demo(folder, smoke=True, threshold=4.0).threshold == 4.0


def test_an_unknown_preset_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="`preset` must be one of biased, null, got 'fair'"):
        read_demo(tmp_path, preset="fair")
