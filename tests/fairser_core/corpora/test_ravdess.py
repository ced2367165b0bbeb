from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.ravdess import ACTIVATION, read_ravdess
from tests.support import ROOT

DATA = ROOT.parent / "shared" / "data" / "ravdess"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"RAVDESS is not at {DATA}")


def small(folder: Path, suffix: str = "wav") -> Path:
    """The speech clips' names with the shortest of audio, one statement and repetition each."""
    rng = np.random.default_rng(0)
    for actor in range(1, 25):
        actors = folder / f"Actor_{actor:02}"
        actors.mkdir()
        for emotion in ACTIVATION:
            for intensity in ("01",) if emotion == "01" else ("01", "02"):
                clip = actors / f"03-01-{emotion}-{intensity}-01-01-{actor:02}.{suffix}"
                soundfile.write(clip, rng.uniform(-0.1, 0.1, 400), 8000)
    return folder


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_ravdess(small(tmp_path_factory.mktemp("ravdess")))


def test_splits_are_of_14_4_and_6_actors_half_women(ravdess: Corpus) -> None:
    speakers = ravdess.utterances.groupby(["split", "gender"])["speaker"].nunique()
    assert speakers.to_dict() == {
        ("test", "female"): 3,
        ("test", "male"): 3,
        ("train", "female"): 7,
        ("train", "male"): 7,
        ("validation", "female"): 2,
        ("validation", "male"): 2,
    }
    assert ravdess.utterances.groupby("speaker")["split"].nunique().max() == 1


def test_odd_actors_are_men_and_even_ones_women(ravdess: Corpus) -> None:
    odd = ravdess.utterances["speaker"].astype(int) % 2 == 1
    assert (ravdess.utterances["gender"] == "male").tolist() == odd.tolist()


def test_activation_follows_the_circumplex_and_the_intensity() -> None:
    neutral, calm, happy, sad, angry, fearful, _, surprised = ACTIVATION.values()
    for normal, strong in (happy, angry, fearful, surprised):
        assert 7 >= strong > normal > 3.5
        assert normal > max(*neutral, *calm, *sad)
    assert max(*neutral, *calm, *sad) <= 3.5
    assert min(calm) < min(sad) < min(neutral)


def test_labels_are_taken_from_the_names_and_called_derived(ravdess: Corpus) -> None:
    labels = ravdess.utterances.set_index("id")["activation"]
    assert labels["03-01-05-02-01-01-03"] == ACTIVATION["05"][1]
    assert labels["03-01-04-01-01-01-24"] == ACTIVATION["04"][0]
    assert any("derived" in note for note in ravdess.notes)
    assert (ravdess.name, ravdess.scale, ravdess.threshold) == ("ravdess", (1.0, 7.0), 3.5)


def test_flac_is_read_as_well_as_wav_and_other_files_are_passed_over(
    tmp_path: Path, ravdess: Corpus
) -> None:
    folder = small(tmp_path, "flac")
    (folder / "Actor_01" / "._03-01-01-01-01-01-01.flac").write_bytes(b"resource fork")
    (folder / "Actor_01" / "03-02-01-01-01-01-01.flac").write_bytes(b"a song")
    (folder / "Actor_01" / "notes.txt").write_text("notes")
    flac = read_ravdess(folder).utterances
    columns = ["id", "speaker", "gender", "split", "activation"]
    pd.testing.assert_frame_equal(flac[columns], ravdess.utterances[columns])


def test_broken_clips_are_named_or_skipped(tmp_path: Path) -> None:
    folder = small(tmp_path)
    broken = folder / "Actor_07" / "03-01-06-01-01-01-07.wav"
    broken.write_bytes(b"")
    with pytest.raises(CorpusError, match=f"clip 100: {broken}: is empty"):
        read_ravdess(folder)
    assert any("1 of 360 left out" in note for note in read_ravdess(folder, skip_broken=True).notes)


def test_clips_of_the_release_that_are_missing_are_counted(ravdess: Corpus) -> None:
    (note,) = (note for note in ravdess.notes if "missing" in note)
    assert note.startswith("1,080 of the release's 1,440 clips are missing: 45 of actor 01, 45 of")
    assert note.endswith("and 19 more")


def test_a_missing_folder_or_clips_say_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"Actor_01/03-01-01-01-01-01-01\.wav.*none was given"):
        read_ravdess(None)
    with pytest.raises(CorpusError, match=r"Actor_01/03-01-01-01-01-01-01\.wav.*no such file in"):
        read_ravdess(tmp_path)


@needs_data
def test_the_real_clips_make_a_corpus_without_the_one_duplicate() -> None:
    corpus = read_ravdess(DATA)
    assert len(corpus.utterances) == 1439
    assert "1 of 1,440 clips left out: a duplicate" in corpus.notes
    assert not any("missing" in note for note in corpus.notes)
    assert corpus.utterances["split"].value_counts().to_dict() == {
        "train": 839,
        "test": 360,
        "validation": 240,
    }
    assert "03-01-03-01-02-01-07" in set(corpus.utterances["id"])


@needs_data
def test_the_clip_left_out_is_the_same_as_the_one_kept() -> None:
    clips = [DATA / "Actor_07" / f"03-01-03-01-02-0{n}-07.flac" for n in (1, 2)]
    first, second = (soundfile.read(clip)[0] for clip in clips)
    np.testing.assert_array_equal(first, second)
