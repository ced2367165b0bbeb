import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from search.reporting import tsne as module
from search.reporting.blocks import Figure, Words
from search.reporting.comparison import Comparison, comparisons
from search.reporting.tsne import accuracy, neighbourhoods, positions
from search.reporting.tsne_figure import neighbourhood_blocks
from tests.support.replication_tests import (
    add_test,
    emotion_predictions,
    representation,
    source_of,
    sweep_of,
)

SEEDS = [750]
TOLD = emotion_predictions(SEEDS)


def compared(
    folder: Path, *tables: pd.DataFrame | None, predictions: pd.DataFrame = TOLD
) -> Comparison:
    spaces = ("dnn", "fairrep", "fairper")
    sweeps = [sweep_of(folder, name, name) for name in spaces[: len(tables)]]
    for sweep, table in zip(sweeps, tables, strict=True):
        add_test(sweep, "1@2", predictions, SEEDS, table)
    (result,) = comparisons([source_of(sweep) for sweep in sweeps])
    return result


def test_the_same_utterances_of_one_session_and_emotion_are_shown_of_all(tmp_path: Path) -> None:
    comparison = compared(tmp_path, representation(TOLD, 4.0), representation(TOLD, 0.0))
    result = neighbourhoods(comparison)
    assert result is not None
    rows = TOLD[TOLD["aligned"].notna() & (TOLD["emotion"] == "anger")]
    counts = rows["session"].value_counts()
    assert (result.emotion, result.session) == ("anger", counts.idxmax())
    rows = rows[rows["session"] == counts.idxmax()]
    for panel in result.panels:
        assert panel.positions.shape == (len(rows), 2)
        np.testing.assert_array_equal(panel.female, rows["aligned"] == 1)
        np.testing.assert_array_equal(panel.truth, rows["truth"])
    apart, mixed = result.panels
    assert (apart.system, mixed.system) == ("DNN", "FairRep")
    assert apart.accuracy > 0.9
    assert mixed.accuracy < 0.75


def test_the_positions_are_the_same_every_time_and_neighbours_stay_neighbours() -> None:
    rng = np.random.default_rng(0)
    units = np.concatenate([rng.normal(0, 1, (30, 5)), rng.normal(9, 1, (30, 5))])
    once, again = positions(units), positions(units)
    np.testing.assert_array_equal(once, again)
    centres = np.stack([once[:30].mean(axis=0), once[30:].mean(axis=0)])
    nearest = np.linalg.norm(once[:, None] - centres, axis=-1).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.repeat([0, 1], 30))


def test_unpredictable_labels_are_predicted_no_better_than_by_the_more_frequent() -> None:
    rng = np.random.default_rng(0)
    female = rng.random(300) < 0.5
    reported = accuracy(rng.normal(size=(300, 4)), female)
    assert reported == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(300))
    assert accuracy(rng.normal(size=(300, 4)) + 9 * female[:, None], female) == 1.0
    assert np.isnan(accuracy(rng.normal(size=(20, 4)), np.arange(20) == 0))


def test_without_anger_it_is_the_emotion_of_most_utterances(tmp_path: Path) -> None:
    reported = TOLD.replace({"emotion": {"anger": "calm"}})
    result = neighbourhoods(compared(tmp_path, representation(reported, 1.0), predictions=reported))
    assert result is not None
    rows = reported[reported["aligned"].notna()]
    assert result.emotion == rows[rows["truth"]]["emotion"].value_counts().idxmax() == "sadness"


def test_of_many_utterances_as_many_as_can_be_seen_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    comparison = compared(tmp_path, representation(TOLD, 0.0))
    first, second = neighbourhoods(comparison), neighbourhoods(comparison)
    assert first is not None
    assert second is not None
    assert len(first.panels[0].female) == 20
    np.testing.assert_array_equal(first.panels[0].positions, second.panels[0].positions)


def test_the_picture_has_a_panel_a_system_and_its_caption_says_what_it_is_of(
    tmp_path: Path,
) -> None:
    comparison = compared(tmp_path, representation(TOLD, 4.0), representation(TOLD, 0.0))
    (block,) = neighbourhood_blocks("t-sne", comparison)
    assert isinstance(block, Figure)
    assert len(block.figure.data) == 8  # genders and truths of two systems
    assert sum(bool(trace.showlegend) for trace in block.figure.data) == 4
    for words in ("anger", "session 2", "seed 750", "neighbours; distances", "logistic regression"):
        assert words in block.caption
    assert "paper_bgcolor" not in block.figure.to_dict()["layout"]


def test_systems_without_a_figure_are_named_with_their_reasons(tmp_path: Path) -> None:
    alike = representation(TOLD, 0.0)
    alike.loc[:, alike.columns.str.startswith("unit-")] = np.float16(1)
    comparison = compared(tmp_path, representation(TOLD, 1.0), None, alike)
    figure, words = neighbourhood_blocks("t-sne", comparison)
    assert isinstance(figure, Figure)
    assert isinstance(words, Words)
    assert "FairRep: tested before representations were kept" in words.text
    assert "FairPer: nearly all utterances have the same representation" in words.text
    only = dataclasses.replace(comparison, tested=comparison.tested[1:2])
    (words,) = neighbourhood_blocks("t-sne", only)
    assert isinstance(words, Words)
    assert "No representations of utterances were kept" in words.text
