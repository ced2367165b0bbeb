"""Bias of the demo corpus, its absence on `null`, and the effect of the methods on it.

python benchmarks/bias.py [--seeds 5]

Print Table 1 of Gorrostieta et al. 2019 for the validation split, mean and spread over seeds, then
each claim with its figures. Exit with 1 if a claim does not hold.
"""

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from fairser_core.corpora import READERS
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.preparation import prepare_activation
from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import Adversarial, Baseline, Method, NonAdversarial
from fairser_core.training.fit import fit

EPOCHS = 8  # as spaces/*.toml have it for the demo corpus
TRAINING = {"batch": 50, "learning_rate": 3e-4}
SHOWN = ("ccc", "ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff", "recall_gap")
STABLE = {"alpha0": 3.0, "adversary_learning_rate": 1e-1}
UNSTABLE = {"alpha0": 10.0, "adversary_learning_rate": 1e-3}
ROWS: dict[str, tuple[str, Method]] = {
    "null, none": ("null", Baseline(**TRAINING)),
    "none": ("biased", Baseline(**TRAINING)),
    "penalty, alpha1 = 0.3": ("biased", NonAdversarial(alpha1=0.3, **TRAINING)),
    "penalty, alpha1 = 1": ("biased", NonAdversarial(alpha1=1.0, **TRAINING)),
    "adversary, stable": ("biased", Adversarial(**STABLE, **TRAINING)),
    "adversary, unstable": ("biased", Adversarial(**UNSTABLE, **TRAINING)),
}

PerSeed = dict[str, np.ndarray]


@dataclass(frozen=True)
class Claim:
    """Sentence about the rows, its figures, and whether it holds."""

    text: str
    figures: str
    holds: bool


def demo(preset: str) -> Activation:
    """Arrays of the demo corpus."""
    corpus = READERS["demo"].read(None, threshold=None, skip_broken=False, preset=preset)
    return prepare_activation(corpus, MfccSettings(), WindowSettings())


def rows(seeds: int, epochs: int = EPOCHS) -> dict[str, PerSeed]:
    """Train each row and return its validation metrics (seed,)."""
    data = {preset: demo(preset) for preset in ("biased", "null")}
    results = {}
    for name, (preset, method) in ROWS.items():
        *_, last = fit(method, data[preset], range(seeds), epochs=epochs)
        results[name] = last.metrics
        cells = [
            f"{last.metrics[m].mean():+.3f} ± {last.metrics[m].std(ddof=1):.3f}" for m in SHOWN
        ]
        print(f"{name:22}" + "".join(f"{cell:>17}" for cell in cells), flush=True)
    return results


def _error(values: np.ndarray) -> float:
    """Return the standard error of a mean over seeds."""
    return float(values.std(ddof=1) / len(values) ** 0.5)


def _clearly_negative(name: str, metric: str, results: dict[str, PerSeed]) -> Claim:
    values = results[name][metric]
    return Claim(
        f"without de-biasing {metric} is clearly negative: worse for women",
        f"{values.mean():+.3f}, two standard errors {2 * _error(values):.3f}",
        bool(values.mean() + 2 * _error(values) < -0.03),
    )


def _about_zero(metric: str, results: dict[str, PerSeed]) -> Claim:
    null, none = results["null, none"][metric], results["none"][metric]
    return Claim(
        f"on the null corpus {metric} is about zero",
        f"{null.mean():+.3f} against {none.mean():+.3f}",
        bool(abs(null.mean()) < max(abs(none.mean()) / 3, 0.03)),
    )


def claims(results: dict[str, PerSeed]) -> list[Claim]:
    """Return the paper's claims on its methods that a synthetic corpus can show."""
    base, penalty = results["none"], results["penalty, alpha1 = 0.3"]
    unstable, stable = results["adversary, unstable"], results["adversary, stable"]
    paired = base["recall_gap"] - penalty["recall_gap"]
    spread = {name: per_seed["ccc"].std(ddof=1) for name, per_seed in results.items()}
    return [
        _clearly_negative("none", "ccc_diff", results),
        _clearly_negative("none", "tpr_diff", results),
        _about_zero("ccc_diff", results),
        _about_zero("tpr_diff", results),
        Claim(
            "at alpha1 = 0.3 the penalty shrinks the recall gap at about equal CCC",
            f"gap {base['recall_gap'].mean():.3f} to {penalty['recall_gap'].mean():.3f}, "
            f"CCC {base['ccc'].mean():.3f} to {penalty['ccc'].mean():.3f}",
            bool(
                paired.mean() > 2 * _error(paired)
                and penalty["ccc"].mean() > base["ccc"].mean() - 0.05
            ),
        ),
        Claim(
            "in its unstable region the adversary's CCC spreads over seeds at least three times as "
            "far as the baseline's",
            f"{spread['adversary, unstable']:.3f} against {spread['none']:.3f}",
            bool(spread["adversary, unstable"] >= 3 * spread["none"]),
        ),
        Claim(
            "a stable region exists: CCC close to the baseline's, spread far below the unstable's",
            f"CCC {stable['ccc'].mean():.3f} ± {spread['adversary, stable']:.3f}, baseline "
            f"{base['ccc'].mean():.3f}, unstable {unstable['ccc'].mean():.3f}",
            bool(
                stable["ccc"].mean() > base["ccc"].mean() - 0.05
                and spread["adversary, stable"] < spread["adversary, unstable"] / 3
            ),
        ),
    ]


def main() -> int:
    """Print the table and the claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(f"{options.seeds} seeds, {EPOCHS} epochs, validation split, mean ± standard deviation")
    print(f"{'':22}" + "".join(f"{metric:>17}" for metric in SHOWN))
    verdicts = claims(rows(options.seeds))
    for claim in verdicts:
        print(f"{'holds' if claim.holds else 'FAILS':6} {claim.text}: {claim.figures}")
    return int(not all(claim.holds for claim in verdicts))


if __name__ == "__main__":
    sys.exit(main())
