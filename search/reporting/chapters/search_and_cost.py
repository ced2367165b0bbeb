"""Chapters on the search: spaces and configurations, and trials with their costs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from search.front.names import plural
from search.presentation.wording import number
from search.reporting.blocks import Block, Chapter, Heading, Table, Words
from search.reporting.comparable_sweeps import headed
from search.reporting.configurations_table import configurations_table
from search.reporting.cost import cost_table, failures, trials_table
from search.reporting.sweep_source import Source
from search.space.space import Space
from search.space.values import Value

SAMPLERS = {
    "posterior": "the posterior of all lanes, which also chose what got one more seed, "
    "a Sobol sequence first",
    "tpe": "Optuna's TPE, a Sobol sequence first",
    "gp": "Optuna's Gaussian process, a Sobol sequence first",
    "random": "chance",
}


def searched_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapters on what each sweep searched, and on its trials and costs."""
    blocks: list[Block] = []
    for source in sources:
        blocks += [Heading(source.sweep.name)] if headed(sources) else []
        blocks.append(Words(_search_text(source)))
        if source.sweep.space.search:
            blocks.append(_domains(source))
        blocks += [_fixed(source), configurations_table(source)]
    trials: list[Block] = [trials_table(sources), cost_table(sources)]
    for source in sources:
        trials += [Words(f"{source.sweep.name}: {reason}") for reason in failures(source)]
    return [Chapter("What was searched", blocks), Chapter("Trials and their costs", trials)]


def _search_text(source: Source) -> str:
    """Return sentences on budget, sampler, scheduler and seeds."""
    sweep, budget, facts = source.sweep, source.sweep.space.budget, source.sweep.facts
    fresh = facts.fresh_seeds if source.front.checked else None
    stopping = "stopped early if they ranked low on all objectives together (MO-ASHA)"
    lines = [
        f"Space {sweep.space.name}, method {sweep.space.method}. Its budget was "
        f"{budget.lane_epochs} epochs, summed over seeds: those of "
        f"{plural(budget.trials, 'trial')} of {plural(budget.epochs, 'epoch')} with "
        f"{plural(budget.seeds, 'seed')}.",
        f"Values came from {SAMPLERS[sweep.policy.sampler]} (seed {sweep.seed}); "
        f"trials were {stopping if sweep.policy.stopping else 'all trained to their end'}.",
        f"A configuration near the front could get up to {budget.race_seeds} seeds in all."
        if budget.race_seeds > budget.seeds
        else "",
        "" if source.front.checked else "The front was not checked with fresh seeds.",
        f"It trained with seeds {_listed(facts.lane_seeds or sweep.seeds)}"
        + (f", the check of the front with {_listed(fresh)}, which are fresh." if fresh else "."),
    ]
    return " ".join(filter(None, lines))


def _listed(values: Sequence[int]) -> str:
    return ", ".join(map(str, values))


def domain_text(domain: BaseDistribution) -> tuple[str, str]:
    """Return a domain in words, and its scale."""
    if isinstance(domain, CategoricalDistribution):
        return ", ".join(map(str, domain.choices)), "choices"
    assert isinstance(domain, FloatDistribution | IntDistribution)
    scale = "logarithmic" if domain.log else "linear"
    kind = ", whole numbers" if isinstance(domain, IntDistribution) else ""
    return f"{number(domain.low)} to {number(domain.high)}", scale + kind


def _domains(source: Source) -> Table:
    """Return a table of the searched keys, with their values on the front."""
    space, members = source.sweep.space, source.front.members
    rows, data = [], []
    for key, domain in space.search.items():
        text, scale = domain_text(domain)
        values = [point.values[key] for point in members]
        rows.append([key, text, scale, _span(values)])
        data.append([key, text, scale, json.dumps(values)])
    columns = ["searched", "domain", "scale", "on the front"]
    return Table(
        f"searched {source.sweep.name}",
        f"{source.sweep.name}: what was searched, and which values are on the front.",
        columns,
        rows,
        pd.DataFrame(data, columns=columns),
    )


def _span(values: Sequence[Value]) -> str:
    """Return the least and the greatest number, or all choices."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if not values:
        return "-"
    if len(numbers) < len(values):
        return ", ".join(sorted({str(value) for value in values}))
    low, high = number(min(numbers)), number(max(numbers))
    return low if low == high else f"{low} to {high}"


def _fixed(source: Source) -> Table:
    """Return a table of the settings that all trials of a sweep share."""
    rows = [(key, str(value)) for key, value in _shared(source.sweep.space).items()]
    return Table(
        f"fixed {source.sweep.name}",
        f"{source.sweep.name}: what all of its trials share: the method's fixed values, and how "
        "features are made.",
        ["fixed", "value"],
        rows,
        pd.DataFrame(rows, columns=["fixed", "value"]),
        folded=True,
    )


def _shared(space: Space) -> dict[str, Any]:
    tables: list[Mapping[str, Any]] = [space.fixed]
    tables += [
        {f"{name}.{key}": value for key, value in vars(settings).items()}
        for name, settings in {"features": space.features, **space.task_settings}.items()
    ]
    return {key: value for table in tables for key, value in table.items()}
