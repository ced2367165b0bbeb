"""Which searched value mattered: Optuna's PED-ANOVA, for each objective."""

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
    """A figure and a table a sweep, or why there is none."""
    blocks: list[Block] = [block for source in sources for block in _importance(source)]
    return [Chapter("Which searched value mattered", blocks)]


def whole(source: Source) -> list[FrozenTrial]:
    """The configurations trained to their end with numbers, as a study holds them."""
    sweep = source.sweep
    trials = [frozen_trial(c, sweep.space, sweep.policy.floors) for c in source.configurations]
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def quantile(count: int) -> float:
    """The share of configurations that are called the best: a tenth, but no fewer than `BEST`."""
    return max(0.1, BEST / count)


def importances(trials: Sequence[FrozenTrial], objective: int) -> dict[str, float]:
    """How much each searched value tells the best configurations from all; they sum to 1.

    Watanabe et al. 2023 (PED-ANOVA), of the whole space.

    Args:
        trials: complete ones with costs of the objectives; `LEAST` at least.
        objective: which of their costs.
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


def tells(trials: Sequence[FrozenTrial], objective: int) -> bool:
    """Whether some configurations are better than others: equal costs have no best among them."""
    costs: list[float] = sorted(trial.values[objective] for trial in trials)
    return costs[math.ceil(quantile(len(costs)) * len(costs)) - 1] < costs[-1]


def _importance(source: Source) -> list[Block]:
    name, keys = source.sweep.name, list(source.sweep.space.search)
    if len(keys) < 2:
        what = f"a single value, {keys[0]}, is searched" if keys else "nothing is searched"
        return [Words(f"{name}: importance is not shown, for {what}: it has nothing to share.")]
    trials = whole(source)
    if len(trials) < LEAST:
        return [
            Words(
                f"{name}: importance is not shown, for it would rest on "
                f"{plural(len(trials), 'configuration')} trained to the end, and with fewer than "
                f"{LEAST} it is chance."
            )
        ]
    objectives = source.sweep.space.objectives
    able = [metric for at, metric in enumerate(objectives) if tells(trials, at)]
    if not able:
        return [Words(f"{name}: importance is not shown, for all configurations are alike.")]
    found = {metric: importances(trials, objectives.index(metric)) for metric in able}
    count = len(trials)
    caption = (
        f"{name}: importance of each searched value for each objective, by PED-ANOVA (Watanabe et "
        f"al. 2023): how much its distribution among the best {round(quantile(count) * count)} of "
        f"{plural(count, 'configuration')} trained to the end differs from that among all of them, "
        "as a share of what all values have. It rests on few configurations, and looks at each "
        "objective alone, the floors left aside: a gap may be small because accuracy is."
    )
    return [
        Figure(f"importance {name}", caption, _figure(found, keys)),
        _table(name, found, keys, count),
    ]


def _figure(found: dict[str, dict[str, float]], keys: Sequence[str]) -> go.Figure:
    figure = go.Figure(
        layout={
            "height": 120 + 70 * len(keys),
            "barmode": "group",
            "xaxis": {"title": {"text": "importance"}, "range": [0, 1], "tickformat": ".0%"},
            "yaxis": {"autorange": "reversed"},
        }
    )
    for number, (metric, shares) in enumerate(found.items()):
        figure.add_bar(
            x=[shares[key] for key in keys],
            y=[broken(key) for key in keys],
            orientation="h",
            name=f"for {metric}",
            showlegend=True,
            marker={"color": SWEEPS[number % len(SWEEPS)]},
            hovertemplate="%{x:.0%}<extra></extra>",
        )
    return figure


def _table(name: str, found: dict[str, dict[str, float]], keys: Sequence[str], count: int) -> Table:
    rows = [[key, *(f"{100 * shares[key]:.0f} %" for shares in found.values())] for key in keys]
    data = pd.DataFrame(
        [{"searched": key, **{m: s[key] for m, s in found.items()}} for key in keys]
    )
    return Table(
        f"importance {name}",
        f"{name}: importance of each searched value, of {plural(count, 'configuration')}.",
        ["searched", *(f"for {metric}" for metric in found)],
        rows,
        data.assign(configurations=count),
        folded=True,
    )
