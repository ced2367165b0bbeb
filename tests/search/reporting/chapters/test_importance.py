from pathlib import Path

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from search.reporting.blocks import Block, Figure, Table, Words
from search.reporting.chapters.importance import importance_chapters
from search.reporting.sweep_source import Source
from tests.support.report_source import flat, report_source


def importance_blocks(source: Source) -> list[Block]:
    (chapter,) = importance_chapters([source])
    return list(chapter.blocks)


def test_it_is_what_optuna_says_of_a_study_of_the_whole_configurations(toy: Source) -> None:
    """The study is made anew here, from the log alone, with the metrics as they are."""
    domains = {
        "alpha0": FloatDistribution(0.01, 100.0, log=True),
        "adversary_learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    }
    trials = list(toy.sweep.log.trials.values())
    whole = [t for t in trials if t.purpose == "search" and t.state == "complete"]
    _, table = importance_blocks(toy)
    assert isinstance(table, Table)
    assert set(table.data["configurations"]) == {len(whole)}
    for metric, direction in (("ccc", "maximize"), ("recall_gap", "minimize")):
        study = optuna.create_study(direction=direction)
        for trial in whole:
            own = [t for t in trials if t.values == trial.values and t.purpose != "check"]
            lanes = [v for t in own if t.state == "complete" for v in t.epochs[-1].lanes[metric]]
            value = sum(lane for lane in lanes if lane is not None) / len(lanes)
            study.add_trial(
                optuna.create_trial(value=value, params=dict(trial.values), distributions=domains)
            )
        evaluator = PedAnovaImportanceEvaluator(target_quantile=4 / len(whole))
        expected = get_param_importances(study, evaluator=evaluator)
        result = dict(zip(table.data["searched"], table.data[metric], strict=True))
        assert result == pytest.approx(expected)
        assert sum(result.values()) == pytest.approx(1)


def test_bars_are_the_table_s(toy: Source) -> None:
    picture, table = importance_blocks(toy)
    assert isinstance(picture, Figure)
    assert isinstance(table, Table)
    assert [list(bar.x) for bar in picture.figure.data] == [
        list(table.data["ccc"]),
        list(table.data["recall_gap"]),
    ]
    assert f"of {table.data['configurations'][0]} configurations" in picture.caption


def test_a_single_searched_value_has_no_importance(other: Source) -> None:
    (words,) = importance_blocks(other)
    assert isinstance(words, Words)
    assert "only alpha1 is searched" in words.text


def test_few_configurations_are_chance(tmp_path: Path) -> None:
    (words,) = importance_blocks(
        report_source(tmp_path, **{"budget.trials": 3, "budget.race_seeds": 0})
    )
    assert isinstance(words, Words)
    assert "only 2 configurations trained to the end; with fewer than 8" in words.text


def test_equal_configurations_have_no_best(tmp_path: Path) -> None:
    (words,) = importance_blocks(report_source(tmp_path, train=flat))
    assert isinstance(words, Words)
    assert (
        words.text == "toy: importance is not shown, because all configurations are equally good."
    )
