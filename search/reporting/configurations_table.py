"""Every configuration of a sweep at its end, with the spread of its seeds."""

from collections.abc import Sequence

import pandas as pd

from search.front.configurations import Configuration
from search.presentation.wording import mean_sd, number
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source

STATES = {
    "running": "unfinished",
    "complete": "complete",
    "stopped": "stopped early",
    "failed": "failed",
}


def configurations_table(source: Source) -> Table:
    """A row a configuration: values, how far it came, objectives."""
    keys, objectives = list(source.sweep.space.search), source.sweep.space.objectives
    members = {point.trial for point in source.front.members}
    shown, data = [], []
    for one in source.configurations:
        metrics = one.metrics_at(one.epochs) if one.epochs else {}
        about = [STATES[one.state], str(one.epochs), str(len(one.seeds))]
        values = [number(one.values[key]) for key in keys]
        means = [mean_sd(metrics, name) for name in objectives]
        on_front = one.number in members
        shown.append([str(one.number), *about, "yes" if on_front else "", *values, *means])
        data.append(_data(one, metrics, keys, objectives, on_front))
    return Table(
        f"configurations {source.sweep.name}",
        f"{source.sweep.name}: all of its {len(shown)} configurations after their last epoch, mean "
        "± spread over seeds.",
        ["configuration", "state", "epochs", "seeds", "on the front", *keys, *objectives],
        shown,
        pd.DataFrame(data),
        folded=True,
    )


def _data(
    one: Configuration,
    metrics: dict[str, float],
    keys: Sequence[str],
    objectives: Sequence[str],
    on_front: bool,
) -> dict[str, object]:
    spreads = [name for metric in objectives for name in (metric, f"{metric}_sd")]
    return {
        "configuration": one.number,
        "trials": " ".join(str(trial.number) for trial in one.trials),
        "state": one.state,
        "reason": one.trials[0].reason,
        "epochs": one.epochs,
        "seeds": len(one.seeds),
        "on_front": on_front,
        **{key: one.values[key] for key in keys},
        **{name: metrics.get(name) for name in spreads},
    }
