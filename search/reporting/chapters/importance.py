"""Chapter on the importance of searched values by Optuna's PED-ANOVA, for each objective."""

import math
from collections.abc import Sequence

import optuna
import pandas as pd
import plotly.graph_objects as go
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from search.front.names import plural
from search.planning.optuna_study import frozen_trial
from search.reporting.anchors import broken
from search.reporting.blocks import Block, Chapter, Figure, Table, Words
from search.reporting.colours import SWEEPS
from search.reporting.sweep_source import Source

LEAST = 8  # configurations
BEST = 4  # that are compared with all, at least


def importance_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with a figure and a table per sweep, or the reason for none."""
    blocks: list[Block] = [block for source in sources for block in _importance(source)]
    return [Chapter("Which searched value mattered", blocks)]


def complete_trials(source: Source) -> list[FrozenTrial]:
    """Return the configurations trained to their end, as trials of an Optuna study."""
    sweep = source.sweep
    trials = [
        frozen_trial(configuration, sweep.space, sweep.policy.floors)
        for configuration in source.configurations
    ]
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def quantile(count: int) -> float:
    """Return the share of the best configurations: a tenth, but at least `BEST` of them."""
    return max(0.1, BEST / count)


def importances(trials: Sequence[FrozenTrial], objective: int) -> dict[str, float]:
    """Return how much each searched value distinguishes the best configurations; they sum to 1.

    Watanabe et al. 2023 (PED-ANOVA), over the whole space.

    Args:
        trials: complete trials with costs of the objectives, at least `LEAST`.
        objective: index of the cost.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="minimize")
    for trial in trials:
        study.add_trial(
            create_trial(
                value=trial.values[objective],
                params=trial.params,
                distributions=trial.distributions,
            )
        )
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile(len(trials)))
    return get_param_importances(study, evaluator=evaluator)


def costs_differ(trials: Sequence[FrozenTrial], objective: int) -> bool:
    """Return whether the best configurations have lower costs than the worst one."""
    costs: list[float] = sorted(trial.values[objective] for trial in trials)
    return costs[math.ceil(quantile(len(costs)) * len(costs)) - 1] < costs[-1]


def _importance(source: Source) -> list[Block]:
    name, keys = source.sweep.name, list(source.sweep.space.search)
    if len(keys) < 2:
        reason = f"only {keys[0]} is searched" if keys else "nothing is searched"
        return [Words(f"{name}: importance is not shown, because {reason}.")]
    trials = complete_trials(source)
    if len(trials) < LEAST:
        return [
            Words(
                f"{name}: importance is not shown, because only "
                f"{plural(len(trials), 'configuration')} trained to the end; with fewer than "
                f"{LEAST} importance is chance."
            )
        ]
    objectives = source.sweep.space.objectives
    metrics = [metric for index, metric in enumerate(objectives) if costs_differ(trials, index)]
    if not metrics:
        return [
            Words(f"{name}: importance is not shown, because all configurations are equally good.")
        ]
    shares = {metric: importances(trials, objectives.index(metric)) for metric in metrics}
    count = len(trials)
    caption = (
        f"{name}: importance of each searched value for each objective, by PED-ANOVA (Watanabe et "
        f"al. 2023): how much its distribution among the best {round(quantile(count) * count)} of "
        f"{plural(count, 'configuration')} trained to the end differs from that among all of them, "
        "as a share of the sum over all values. It rests on few configurations, and treats each "
        "objective alone and without floors: a gap may be small because accuracy is low."
    )
    return [
        Figure(f"importance {name}", caption, _figure(shares, keys)),
        _table(name, shares, keys, count),
    ]


def _figure(by_metric: dict[str, dict[str, float]], keys: Sequence[str]) -> go.Figure:
    figure = go.Figure(
        layout={
            "height": 120 + 70 * len(keys),
            "barmode": "group",
            "xaxis": {"title": {"text": "importance"}, "range": [0, 1], "tickformat": ".0%"},
            "yaxis": {"autorange": "reversed"},
        }
    )
    for number, (metric, shares) in enumerate(by_metric.items()):
        figure.add_bar(
            x=[shares[key] for key in keys],
            y=[broken(key) for key in keys],
            orientation="h",
            name=f"for {metric}",
            showlegend=True,
            marker={"color": SWEEPS[number % len(SWEEPS)]},
            hovertext=[f"{100 * shares[key]:.0f} %" for key in keys],
        )
    return figure


def _table(
    name: str, by_metric: dict[str, dict[str, float]], keys: Sequence[str], count: int
) -> Table:
    rows = [[key, *(f"{100 * shares[key]:.0f} %" for shares in by_metric.values())] for key in keys]
    data = pd.DataFrame(
        [{"searched": key, **{m: s[key] for m, s in by_metric.items()}} for key in keys]
    )
    return Table(
        f"importance {name}",
        f"{name}: importance of each searched value, of {plural(count, 'configuration')}.",
        ["searched", *(f"for {metric}" for metric in by_metric)],
        rows,
        data.assign(configurations=count),
        folded=True,
    )
