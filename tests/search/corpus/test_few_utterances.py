"""A corpus on which no search can show an improvement: 300 utterances, rated by 114 raters.

A baseline's statistical parity of .034 is what fair detectors have there by chance.
"""

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.datasets.emotion import studied_utterances
from search.corpus.resolution import (
    assumed_resolutions,
    hopeless,
    measured_resolution,
    resolution_sentence,
)
from search.tasks.fair_model import fair_detectors
from search.tasks.speaker_records import speaker_record
from tests.support.rater_crowd import EMOTIONS, RATERS, UTTERANCES, write_crowd

PARITY = 0.034
SEEDS = 5


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> RatedCorpus:
    return read_rated_manifest(write_crowd(tmp_path_factory.mktemp("crowd")))


@pytest.fixture(scope="module")
def studied(corpus: RatedCorpus) -> pd.DataFrame:
    assert (len(corpus.utterances), len(corpus.raters)) == (UTTERANCES, RATERS)
    return studied_utterances(
        corpus.utterances, perceive(corpus.ratings, corpus.raters, corpus.emotions)
    )


def by_chance(studied: pd.DataFrame) -> float:
    """E |ΔP| of a detector that fires at its emotion's rate: √(2/π p (1 - p) (1/n_F + 1/n_M))."""
    aligned = studied[studied["aligned"].notna()]
    women = (aligned["aligned"] == "female").sum()
    rates = aligned["truth"].value_counts(normalize=True).to_numpy()
    variances = rates * (1 - rates) * (1 / women + 1 / (len(aligned) - women))
    return float(np.mean(np.sqrt(2 / np.pi * variances)))


def parities(table: pd.DataFrame) -> np.ndarray:
    """P(ŷ=1|F) - P(ŷ=1|M) of each seed, mean over emotions."""
    each = []
    for _, rows in table.groupby("emotion"):
        fired = rows[[f"score-{seed}" for seed in range(SEEDS)]].to_numpy() > 0.5
        women, men = ((rows["aligned"] == gender).to_numpy() for gender in (1.0, 0.0))
        each.append(fired[women].mean(axis=0) - fired[men].mean(axis=0))
    return np.mean(each, axis=0)


def test_chance_and_the_smallest_difference_are_those_of_a_closed_form_and_of_simulations(
    corpus: RatedCorpus, studied: pd.DataFrame
) -> None:
    (found,) = assumed_resolutions("emotion", corpus, {"validation": SEEDS})
    assert found.chance["parity_s2"] == pytest.approx(by_chance(studied), rel=0.15)
    assert found.chance["parity_s2"] > PARITY
    rng = np.random.default_rng(7)
    tables = (fair_detectors(studied, EMOTIONS, range(SEEDS), rng) for _ in range(80))
    drawn = np.array([parities(table) for table in tables])
    of_seeds = drawn.var(axis=1, ddof=1).mean() / SEEDS
    of_speakers = max(drawn.mean(axis=1).var(ddof=1) - of_seeds, 0.0)
    error = (2 * (1 - 0.85) * of_speakers + 2 * of_seeds) ** 0.5
    # 2.8 of the normal distribution, and no more than Student's t of four degrees needs.
    assert 2.8 * 0.9 < found.smallest["parity_s2"] / error < 3.9 * 1.1
    assert "A fair model shows a parity" in resolution_sentence(found, "parity_s2")


def test_the_trained_baseline_is_called_hopeless(studied: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    table = fair_detectors(studied, EMOTIONS, range(SEEDS), rng)
    record = speaker_record(table, range(SEEDS), "emotion", 0.0, permutations=20)
    measured = measured_resolution("emotion", record, "validation", SEEDS)
    assert "no search on this corpus can show an improvement" in hopeless(
        measured, "parity_s2", PARITY
    )
    assert hopeless(measured, "parity_s2", 0.3) == ""
