"""Vectors of a real pretrained voice model against MFCCs, on speakers of RAVDESS never heard.

python benchmarks/vectors.py --corpus-dir FOLDER --wheel Resemblyzer-0.1.4-py3-none-any.whl

The model is GE2E (Wan et al. 2018), an LSTM of speaker verification that the wheel of resemblyzer
holds (`pip download --no-deps resemblyzer`). An utterance's vector is the mean and the standard
deviation of the LSTM's outputs over frames. The vectors are written as .npy files and read through
a manifest. Six folds of four actors are predicted by models that never saw them, as in
out_of_fold.py, whose predictions of the CNN on MFCCs stand for the other side. About three minutes.
"""

import argparse
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torchaudio
from out_of_fold import folds
from rich.progress import track
from speaker_coverage import BASE, FAIR, PREDICTIONS, THRESHOLD

from fairser_core.corpora import READERS
from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import DataSettings, WindowSettings
from fairser_core.datasets.preparation import prepare_activation, vectors_of_corpus
from fairser_core.features.mfcc import MfccSettings
from fairser_core.files.audio import open_audio
from fairser_core.files.segment import Segment
from fairser_core.methods import Baseline, NonAdversarial
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.metrics.intervals import interval
from fairser_core.metrics.tables import metric_of
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit
from search.tasks.speaker_metrics import SpeakerMetrics

RATE, MELS, FRAME, HOP, UNITS, LAYERS = 16000, 40, 400, 160, 256, 3  # of resemblyzer 0.1.4
LOUDNESS = 10 ** (-30 / 20)  # root mean square that quiet audio is raised to
SHOWN = ("ccc", "recall_gap", "ccc_diff", "ccc_gap", "bias_gap", "mae_gap", "separation_gap")
TRAINING = {"batch": 50, "learning_rate": 1e-3}
SYSTEMS: dict[str, ActivationMethod] = {
    BASE: Baseline(**TRAINING),
    FAIR: NonAdversarial(alpha1=0.3, **TRAINING),
}


def pretrained(wheel: Path) -> torch.nn.LSTM:
    """Return the LSTM of a wheel, whose file of weights is read without running what it holds."""
    with zipfile.ZipFile(wheel) as files:
        content = files.read("resemblyzer/pretrained.pt")
    saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)["model_state"]
    lstm = torch.nn.LSTM(MELS, UNITS, LAYERS, batch_first=True)
    lstm.load_state_dict(
        {name.removeprefix("lstm."): v for name, v in saved.items() if name.startswith("lstm.")}
    )
    return lstm.eval()


def vector(path: str, lstm: torch.nn.LSTM, mel: torch.nn.Module) -> np.ndarray:
    """Return mean and standard deviation over frames (1, feature) of a recording."""
    with open_audio(Segment(path)) as audio:
        samples = np.concatenate(list(audio.blocks_at(RATE)))
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    waveform = torch.from_numpy(samples * max(1.0, LOUDNESS / max(loudness, 1e-8)))
    with torch.inference_mode():
        outputs, _ = lstm(mel(waveform.float()).T[None])
    frames = outputs[0].double().numpy()
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])[None].astype(np.float32)


def manifest(corpus: Corpus, wheel: Path, folder: Path) -> Path:
    """Write the vectors of a corpus, and their manifest."""
    lstm = pretrained(wheel)
    mel = torchaudio.transforms.MelSpectrogram(
        RATE, n_fft=FRAME, hop_length=HOP, n_mels=MELS, pad_mode="constant", power=2.0,
        norm="slaney", mel_scale="slaney",
    )  # fmt: skip
    names = []
    for path in track(corpus.utterances["path"], "vectors"):
        names.append(f"{Path(path).stem}.npy")
        np.save(folder / names[-1], vector(path, lstm, mel))
    columns = ["id", "speaker", "gender", "split", "activation"]
    corpus.utterances[columns].assign(features=names).to_csv(folder / "manifest.csv", index=False)
    return folder / "manifest.csv"


def predictions(corpus: Corpus, seeds: int, epochs: int) -> Iterator[pd.DataFrame]:
    """Yield each system's predictions of each fold, by models on vectors that never saw it."""
    vectors = vectors_of_corpus(corpus, None)
    settings = DataSettings(features="vectors")
    for fold in track(list(folds(corpus)), "folds"):
        data = prepare_activation(
            fold, MfccSettings(), WindowSettings(), data=settings, vectors=vectors
        )
        for name, method in SYSTEMS.items():
            *_, last = fit(method, data, range(seeds), epochs=epochs)
            table = evaluate(method, data, last.state.networks, range(seeds)).predictions
            yield table.assign(system=f"{name}, vectors")


def compare(table: pd.DataFrame, seeds: int) -> None:
    """Print each system's metrics, and the margin of vectors over MFCCs with its interval."""
    chosen, measured = list(range(seeds)), SpeakerMetrics("activation", THRESHOLD)
    values, without = {}, {}
    print("| system | " + " | ".join(metric_of(name).title for name in SHOWN) + " |")
    print("|---" * (1 + len(SHOWN)) + "|")
    for system, rows in table.groupby("system"):
        rows = rows.sort_values("utterance")
        metrics = [metric_of(name) for name in SHOWN]
        tests = [measured.task.tested(rows, seed, THRESHOLD, metrics)(None) for seed in chosen]
        values[system] = {name: np.array([float(test[name]) for test in tests]) for name in SHOWN}
        speakers = measured.speakers(rows)
        assert speakers
        without[system] = measured.without_each(rows, chosen, speakers)
        chance = measured.chance_levels(rows, chosen)
        cells = [_cell(name, values[system], without[system], chance, speakers.group)
                 for name in SHOWN]  # fmt: skip
        print(f"| {system} | " + " | ".join(cells) + " |")
    for name in (BASE, FAIR):
        vectors = f"{name}, vectors"
        margin = values[vectors]["ccc"] - values[name]["ccc"]
        of = interval(margin, without[vectors]["ccc"] - without[name]["ccc"], speakers.group)
        print(
            f"{name}: CCC of vectors less that of MFCCs {margin.mean():.3f} "
            f"[{of.low:.3f}, {of.high:.3f}], p = {of.p:.2g}"
        )


def _cell(
    name: str,
    values: dict[str, np.ndarray],
    without: dict[str, np.ndarray],
    chance: dict[str, float],
    group: np.ndarray,
) -> str:
    """Return mean, and interval or level by chance, of a metric."""
    text = f"{values[name].mean():.3f}"
    if name in chance:
        return f"{text} ({chance[name]:.3f})"
    of = interval(values[name], without[name], group, metric_of(name).range)
    return f"{text} [{of.low:.3f}, {of.high:.3f}]"


def main() -> None:
    """Extract, train, predict and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus-dir", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--wheel", type=Path, required=True, metavar="FILE.whl")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = READERS["ravdess"].read(options.corpus_dir, threshold=None, skip_broken=False)
    with tempfile.TemporaryDirectory() as folder:
        path = manifest(corpus, options.wheel, Path(folder))
        brought = READERS["manifest"].read(
            path, threshold=THRESHOLD, skip_broken=False, scale=corpus.scale
        )
        tables = list(predictions(brought, options.seeds, options.epochs))
    mfcc = pd.read_parquet(PREDICTIONS)
    columns = [n for n in mfcc if not n.startswith("prediction-")]
    columns += [f"prediction-{seed}" for seed in range(options.seeds)]
    compare(pd.concat([*tables, mfcc[columns]], ignore_index=True), options.seeds)


if __name__ == "__main__":
    main()
