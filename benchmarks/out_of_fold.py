"""Predictions of the CNN on RAVDESS for all 24 speakers, each by models that never saw the speaker.

python benchmarks/out_of_fold.py --corpus-dir FOLDER [--seeds 20] [--epochs 12]

Train the baseline and a fair system on five sixths of the actors, predict the other sixth, six
times, with every seed. Write benchmarks/out_of_fold.parquet, which calibration.py reads. The
command uses one core.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch
from rich.progress import track
from speaker_coverage import BASE, FAIR, PREDICTIONS

from fairser_core.corpora import READERS
from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import WindowSettings
from fairser_core.datasets.preparation import prepare_activation
from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import Baseline, NonAdversarial
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit

TRAINING = {"batch": 50, "learning_rate": 3e-4, "filters": 8}
SYSTEMS: dict[str, ActivationMethod] = {
    BASE: Baseline(**TRAINING),
    FAIR: NonAdversarial(alpha1=0.3, **TRAINING),
}
ACTORS = 24
FOLD = 4  # actors, of whom odd ones are men and even ones women


def folds(corpus: Corpus) -> Iterator[Corpus]:
    """Yield the corpus with each fold's actors as its validation split, and the rest to train."""
    actor = corpus.utterances["speaker"].astype(int)
    for first in range(1, ACTORS + 1, FOLD):
        left_out = actor.between(first, first + FOLD - 1)
        split = left_out.map({True: "validation", False: "train"})
        yield dataclasses.replace(corpus, utterances=corpus.utterances.assign(split=split))


def predicted(corpus: Corpus, name: str, seeds: int, epochs: int) -> pd.DataFrame:
    """Return a system's predictions for the validation split, a row per utterance and seed."""
    method, data = SYSTEMS[name], prepare_activation(corpus, MfccSettings(), WindowSettings())
    *_, last = fit(method, data, range(seeds), epochs=epochs)
    table = evaluate(method, data, last.state.networks, range(seeds)).predictions
    return table.assign(system=name)


def main() -> None:
    """Train, predict and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus-dir", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", type=Path, default=PREDICTIONS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = READERS["ravdess"].read(options.corpus_dir, threshold=None, skip_broken=False)
    work = [(fold, name) for fold in folds(corpus) for name in SYSTEMS]
    tables = [predicted(*each, options.seeds, options.epochs) for each in track(work, "folds")]
    table = pd.concat(tables, ignore_index=True)
    numbers = table.select_dtypes("number").columns
    table.astype(dict.fromkeys(numbers, "float32")).to_parquet(
        options.out, compression="zstd", index=False
    )
    print(f"{len(table):,} rows written to {options.out}")


if __name__ == "__main__":
    main()
