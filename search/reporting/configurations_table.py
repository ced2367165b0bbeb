"""Table of all configurations of a sweep after their last epoch."""

from collections.abc import Sequence

import pandas as pd

from search.front.configurations import Configuration
from search.presentation.wording import mean_sd, number
from search.reporting.blocks import Table
from search.reporting.empty_cells import explained
from search.reporting.sweep_source import Source

STATES = {
    "running": "unfinished",
    "complete": "complete",
    "stopped": "stopped early",
    "failed": "failed",
}
UNMEASURED = "no epoch was finished, or undefined on the validation data"


def configurations_table(source: Source) -> Table:
    """Return a table with a row per configuration: state, values and objectives."""
    keys, objectives = list(source.sweep.space.search), source.sweep.space.objectives
    members = {point.trial for point in source.front.members}
    rows, data = [], []
    for configuration in source.configurations:
        last = configuration.epochs
        metrics = configuration.metrics_at(last) if last else {}
        state = [STATES[configuration.state], str(last), str(len(configuration.seeds))]
        values = [number(configuration.values[key]) for key in keys]
        means = [mean_sd(metrics, name) for name in objectives]
        on_front = configuration.number in members
        on_front_text = "yes" if on_front else ""
        rows.append([str(configuration.number), *state, on_front_text, *values, *means])
        data.append(_data(configuration, metrics, keys, objectives, on_front))
    return Table(
        f"configurations {source.sweep.name}",
        f"{source.sweep.name}: all {len(rows)} configurations after their last epoch, mean ± "
        "spread over seeds.",
        ["configuration", "state", "epochs", "seeds", "on the front", *keys, *objectives],
        rows,
        explained(pd.DataFrame(data), _reasons(objectives)),
        folded=True,
    )


def _reasons(objectives: Sequence[str]) -> dict[str, str]:
    """Return why cells may be empty, by column."""
    spread = {f"{name}_sd": "a single seed has no spread" for name in objectives}
    state = {"reason": "neither stopped nor failed"}
    return {**state, **dict.fromkeys(objectives, UNMEASURED), **spread}


def _data(
    configuration: Configuration,
    metrics: dict[str, float],
    keys: Sequence[str],
    objectives: Sequence[str],
    on_front: bool,
) -> dict[str, object]:
    spreads = [name for metric in objectives for name in (metric, f"{metric}_sd")]
    return {
        "configuration": configuration.number,
        "trials": " ".join(str(trial.number) for trial in configuration.trials),
        "state": configuration.state,
        "reason": configuration.trials[0].reason,
        "epochs": configuration.epochs,
        "seeds": len(configuration.seeds),
        "on_front": on_front,
        **{key: configuration.values[key] for key in keys},
        **{name: metrics.get(name) for name in spreads},
    }
