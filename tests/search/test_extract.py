"""Features of vq-wav2vec by the command that extracts them, and sweeps that learn from them."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import torchaudio
from mlflow import MlflowClient

from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.datasets.normalisation import normalise_by_group
from fairser_core.datasets.preparation import extract as extract_features
from fairser_core.datasets.preparation import prepare_emotion
from fairser_core.features import vq_wav2vec
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.vectors import LAYERS, POOLINGS, VectorSettings
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.files.resampling import FloatArray
from search import extract, run
from search.corpus.reading import check_goes
from search.space.load import load
from search.tasks.options import CorpusOptions
from tests.support.pretrained import (
    NARROW,
    SMALL,
    directly,
    distributions,
    needs_fairseq,
    published,
)
from tests.support.run_command import local_command

RATES = (16000, 8000, 44100)
VOTES = (("ww", "m"), ("w", "mm"), ("w", "m"))
"""Who hears the truth: in S2 both women but not the man, then both men, in S1 everyone."""


@pytest.fixture(autouse=True)
def packages_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vq_wav2vec, "packages_distributions", distributions)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pretrained model whose frames are made of as many samples as the published one's."""
    return published(tmp_path_factory.mktemp("narrow") / "vq-wav2vec.pt", **NARROW)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pretrained model of layers of 16 channels."""
    return published(tmp_path_factory.mktemp("small") / "vq-wav2vec.pt", **SMALL)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A manifest of short noises, two emotions and three sessions, with ratings; and its audio."""
    folder, rng = tmp_path / "corpus", np.random.default_rng(0)
    folder.mkdir()
    rows, votes = ["path,speaker,gender,session"], ["utterance,rater,label"]
    for number in range(18):
        name, session = f"{number}.wav", number // 6
        rate, emotion, other = RATES[number % 3], *(("anger", "sadness")[:: (-1) ** number])
        soundfile.write(folder / name, rng.normal(0, 0.1, (rate // 10 + number, 2)), rate)
        gender = "female" if number % 4 < 2 else "male"
        rows.append(f"{name},{session}{gender},{gender},{session}")
        women, men = VOTES[number % 6 // 2]
        for rater, people in (("w", women), ("m", men)):
            label = emotion if len(people) == 2 or len(women) == len(men) else other
            votes += [f"{name},{rater}{index},{label}" for index in range(len(people))]
    texts = {
        "manifest": rows,
        "ratings": votes,
        "raters": ["rater,gender", "w0,female", "w1,female", "m0,male", "m1,male"],
    }
    for name, lines in texts.items():
        (folder / f"{name}.csv").write_text("\n".join(lines))
    return folder


def options(corpus: Path, pretrained: Path) -> list[str]:
    return ["--corpus", "manifest", "--corpus-dir", str(corpus), "--pretrained", str(pretrained)]


def waveforms(corpus: Path) -> list[torch.Tensor]:
    """The audio in the order of the manifest, at 16 kHz."""
    result = []
    for number in range(18):
        samples, rate = soundfile.read(corpus / f"{number}.wav", dtype="float32")
        wave = torch.from_numpy(samples.mean(axis=1))
        result.append(torchaudio.functional.resample(wave, rate, 16000))
    return result


def forbid_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> FloatArray:
        raise AssertionError("run, though it should be in the cache")

    monkeypatch.setattr(VqWav2vec, "extract", refuse)


@needs_fairseq
@pytest.mark.parametrize(
    "form",
    [{}, {**NARROW, "half": False, "legacy": False}, {**NARROW, "vq_type": "kmeans"}],
    ids=["as published", "single precision, today's file format", "k-means"],
)
def test_features_by_the_command_are_those_of_fairseq_itself(
    tmp_path: Path,
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: dict[str, object],
) -> None:
    path = published(tmp_path / "vq-wav2vec.pt", **form)  # type: ignore[arg-type]
    assert extract.main(options(corpus, path)) == 0
    assert "18 utterances have a ground truth" in capsys.readouterr().out

    forbid_running(monkeypatch)
    result = extract_features(read_rated_manifest(corpus), VqWav2vec(path))
    for moments, expected in zip(result, directly(path, waveforms(corpus)), strict=True):
        for row, layer in enumerate(LAYERS):
            values = expected[layer].double()
            assert values.shape[0] == (16 if "conv_feature_layers" in form else 512)
            assert values.std() > 1e-3
            mean, deviation = values.mean(dim=1), values.std(dim=1, correction=0)
            np.testing.assert_allclose(moments[row], torch.stack([mean, deviation]), atol=1e-6)


@needs_fairseq
def test_a_task_learns_from_the_layer_and_the_pooling_of_its_space(
    corpus: Path, small: Path
) -> None:
    rated, wav2vec = read_rated_manifest(corpus), VqWav2vec(small)
    moments = np.stack(extract_features(rated, wav2vec))
    for (row, layer), pooling in itertools.product(enumerate(LAYERS), POOLINGS):
        settings = VectorSettings(layer=layer, pooling=pooling, normalisation="speaker")
        made = prepare_emotion(rated, MfccSettings(), settings, wav2vec)
        width = 32 if pooling == "mean_std" else 16
        vectors = moments[:, row].reshape(18, -1)[:, :width]
        expected = normalise_by_group(vectors, rated.utterances["speaker"])
        np.testing.assert_allclose(made.features, expected, atol=1e-4)
        assert made.problem.features == width


@needs_fairseq
def test_an_interrupted_extraction_goes_on_where_it_was(
    corpus: Path,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_network, runs = VqWav2vec.extract, []

    def interrupted(self: VqWav2vec, waveform: FloatArray) -> FloatArray:
        if len(runs) == 5:
            raise KeyboardInterrupt
        runs.append(len(waveform))
        return run_network(self, waveform)

    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(VqWav2vec, "extract", interrupted)
    assert extract.main(options(corpus, small)) == 130
    assert "interrupted; extracted features are kept" in capsys.readouterr().out
    assert len(runs) == 5

    def counted(self: VqWav2vec, waveform: FloatArray) -> FloatArray:
        runs.append(len(waveform))
        return run_network(self, waveform)

    monkeypatch.setattr(VqWav2vec, "extract", counted)
    assert extract.main(options(corpus, small)) == 0
    assert len(runs) == 18
    forbid_running(monkeypatch)
    assert extract.main(options(corpus, small)) == 0


@needs_fairseq
def test_clips_that_are_too_short_are_named(
    corpus: Path,
    narrow: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    soundfile.write(corpus / "4.wav", np.ones(464), 16000)
    with monkeypatch.context() as patch:  # it is named before anything is extracted
        forbid_running(patch)
        assert extract.main(options(corpus, narrow)) == 2
    output = " ".join(capsys.readouterr().err.split())
    assert "4.wav: must have at least 320 samples at 8000 Hz, has 232" in output
    soundfile.write(corpus / "4.wav", *soundfile.read(corpus / "1.wav"))
    assert extract.main(options(corpus, narrow)) == 0


@needs_fairseq
def test_a_mistake_gets_a_sentence(
    tmp_path: Path, corpus: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.pt").write_bytes(b"no model")
    manifest = ["--corpus", "manifest", "--corpus-dir", str(corpus)]
    for arguments, message in (
        ([*manifest, "--pretrained", "nowhere.pt"], "nowhere.pt: cannot be read (No such file"),
        ([*manifest, "--pretrained", "bad.pt"], "bad.pt: is not a pretrained vq-wav2vec"),
        (
            ["--corpus", "demo_emotions", "--pretrained", str(small)],
            "vq-wav2vec needs audio, corpus demo_emotions brings features of its own",
        ),
    ):
        assert extract.main(arguments) == 2
        assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--corpus iemocap --corpus-dir x", "required: --pretrained"),
        (
            "--pretrained x",
            "--corpus must be one of demo_emotions, emozionalmente, iemocap, manifest",
        ),
        ("--pretrained x --corpus iemocap", "--corpus iemocap needs --corpus-dir"),
        (
            "--pretrained x --corpus ravdess",
            "emozionalmente, iemocap, manifest with a vq-wav2vec",
        ),
        ("--pretrained . --corpus demo_emotions", "--corpus must be one of demo, ravdess, manife"),
        (
            "--pretrained x --corpus manifest --corpus-dir x --scale 1,7",
            "--scale does not go with a corpus with ratings",
        ),
    ],
)
def test_a_bad_command_line_is_refused_before_anything_is_read(
    capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        extract.main(arguments.split())
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_pretrained_model_goes_with_spaces_of_emotions_and_their_layer_needs_one() -> None:
    given = CorpusOptions("demo", pretrained=Path("x"))
    check_goes(load("dnn"), given)
    other = load("dnn", changes={"vectors.layer": "q"})
    check_goes(other, given)
    with pytest.raises(ValueError, match=r"`layer` q is of vq-wav2vec, which needs --pretrained"):
        check_goes(other, CorpusOptions("demo"))
    with pytest.raises(ValueError, match="--pretrained goes with vectors, the space learns"):
        check_goes(load("adversarial"), given)


@needs_fairseq
def test_a_sweep_learns_from_a_pretrained_model_and_goes_on_only_with_the_same(
    tmp_path: Path,
    corpus: Path,
    small: Path,
    results_database: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "vq-wav2vec.pt"
    path.write_bytes(small.read_bytes())
    least = ["--trials=1", "--epochs=1", "--race-seeds=1", "--check-seeds=0", "--name=heard"]
    layer = ["--set=vectors.layer=c", "--set=vectors.pooling=mean_std"]
    learns = ["--space=dnn", *least, *layer, *options(corpus, Path("vq-wav2vec.pt"))]
    local_command(tmp_path, capsys, *learns)

    facts = json.loads((tmp_path / "results" / "heard" / "sweep.json").read_text())
    sha256 = VqWav2vec(small).sha256
    assert facts["checkpoint"]["fingerprint"] == sha256
    assert facts["searched"]["vectors"] == {
        "layer": "c",
        "normalisation": "auto",
        "pooling": "mean_std",
    }
    assert facts["features"]["coefficients"] == 32
    client = MlflowClient(f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}")
    result = client.search_runs([e.experiment_id for e in client.search_experiments()])
    (parent,) = [r for r in result if r.info.run_name == "heard"]
    assert parent.data.tags["checkpoint"] == sha256
    assert (parent.data.params["vectors.layer"], parent.data.params["vectors.pooling"]) == (
        "c",
        "mean_std",
    )

    path.write_bytes(small.read_bytes() + b"\0")
    assert run.main(["--resume", "heard", "--trials", "2"]) == 2
    output = " ".join(capsys.readouterr().err.split())
    assert "the pretrained model is not as it was when this sweep began: `fingerprint` is" in output
