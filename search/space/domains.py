"""Domains of searched values: their tables in a space's file, and samples of them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from scipy.stats import qmc

from search.space.space_error import SpaceError
from search.space.values import Value

Floats = NDArray[np.float64]

MANY = 1000  # values
CHANGED = 4  # keys, about, that a neighbour changes
STEP = 0.1  # of a domain, by which it changes a number (standard deviation)
EDGE = 1e-9  # by which a share of a domain stays below 1


def domain_table(domain: BaseDistribution) -> dict[str, Any]:
    """Return a domain as a table of a file."""
    if isinstance(domain, CategoricalDistribution):
        return {"choices": list(domain.choices)}
    assert isinstance(domain, FloatDistribution | IntDistribution)
    return {"low": domain.low, "high": domain.high, "log": domain.log}


def parse_domain(table: Any, source: str) -> BaseDistribution:
    """Return the domain that a file's table describes: low, high and log, or choices.

    Whole numbers at both ends make a domain of whole numbers.

    Args:
        table: value in the file.
        source: file and table, for messages.

    Raises:
        SpaceError: the table describes no domain; names `source`.
    """
    if not isinstance(table, dict):
        raise SpaceError(
            f"a domain is a table with low and high, or choices, got {table!r} ({source})"
        )
    if set(table) == {"choices"}:
        if not isinstance(table["choices"], list) or not table["choices"]:
            raise SpaceError(
                f"`choices` must be a list that is not empty, got {table['choices']!r} ({source})"
            )
        return CategoricalDistribution(table["choices"])
    unknown = set(table) - {"low", "high", "log"}
    if unknown or not {"low", "high"} <= set(table):
        raise SpaceError(
            f"a domain has low, high and log, or choices, got {sorted(table)} ({source})"
        )
    low, high, log = table["low"], table["high"], table.get("log", False)
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (low, high))
    if not numbers or not isinstance(log, bool):
        raise SpaceError(
            f"`low`, `high` are numbers and `log` true or false, got {table} ({source})"
        )
    if low >= high:
        raise SpaceError(f"`low` must be < `high`, got {low} and {high} ({source})")
    if log and low <= 0:
        raise SpaceError(f"`low` must be > 0 on a logarithmic scale, got {low} ({source})")
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=log)
    return FloatDistribution(low, high, log=log)


def corners(domain: BaseDistribution) -> list[Value]:
    """Return the values at the ends of a domain, for checks of its range."""
    if isinstance(domain, CategoricalDistribution):
        return list(domain.choices)  # type: ignore[arg-type]
    assert isinstance(domain, FloatDistribution | IntDistribution)
    return [domain.low, domain.high]


def contains(domain: BaseDistribution, value: object) -> bool:
    """Return whether a value lies in a domain."""
    if isinstance(domain, CategoricalDistribution):
        return value in domain.choices
    assert isinstance(domain, FloatDistribution | IntDistribution)
    kind = int if isinstance(domain, IntDistribution) else float | int
    number = isinstance(value, kind) and not isinstance(value, bool)
    return number and domain.low <= value <= domain.high  # type: ignore[operator]


def values_of(domain: BaseDistribution) -> list[Value] | None:
    """Return all values of a domain; None if it is continuous or has too many to list."""
    if isinstance(domain, CategoricalDistribution):
        return list(domain.choices)  # type: ignore[arg-type]
    if isinstance(domain, IntDistribution) and domain.high - domain.low < MANY:
        return list(range(domain.low, domain.high + 1, domain.step))
    return None


def at(domain: BaseDistribution, share: float) -> Value:
    """Return the value at `share` in [0, 1) of a domain, on the domain's scale."""
    if isinstance(domain, CategoricalDistribution):
        choices: list[Value] = list(domain.choices)  # type: ignore[arg-type]
        return choices[int(share * len(choices))]
    assert isinstance(domain, FloatDistribution | IntDistribution)
    whole = isinstance(domain, IntDistribution)
    low, high = domain.low - 0.5 * whole, domain.high + 0.5 * whole
    value = low * (high / low) ** share if domain.log else low + (high - low) * share
    value = min(max(value, domain.low), domain.high)
    if domain.step not in (None, 1):  # a study's own domains may have steps
        steps = round((value - domain.low) / domain.step)
        value = min(domain.low + steps * domain.step, domain.high)
    return round(value) if whole else float(value)


def coordinates(domain: BaseDistribution, value: Value) -> list[float]:
    """Return a value as coordinates in [0, 1] on the domain's scale: the inverse of `at`.

    A category has a coordinate for each choice, 1 / sqrt(2) for its own and 0 for the others, so
    that all categories are at distance 1 of each other.
    """
    if isinstance(domain, CategoricalDistribution):
        row = domain.to_internal_repr(value)
        return [0.5**0.5 * (number == row) for number in range(len(domain.choices))]
    assert isinstance(domain, FloatDistribution | IntDistribution)
    ends = np.array([domain.low, domain.high, value], dtype=np.float64)
    low, high, actual = (np.log(ends) if domain.log else ends).tolist()
    return [(actual - low) / (high - low) if high > low else 0.5]


def places(domains: Mapping[str, BaseDistribution], rows: Sequence[Mapping[str, Value]]) -> Floats:
    """Return values as points of the unit cube (row, dimension).

    Args:
        domains: domain of each key.
        rows: value of each key.
    """
    points = [
        [share for key, domain in domains.items() for share in coordinates(domain, row[key])]
        for row in rows
    ]
    width = sum(
        len(domain.choices) if isinstance(domain, CategoricalDistribution) else 1
        for domain in domains.values()
    )
    return np.array(points, dtype=np.float64).reshape(len(rows), width)


def combinations(domains: Mapping[str, BaseDistribution]) -> Iterator[dict[str, Value]] | None:
    """Return an iterator over all values of domains, in order; None if there is no end of them.

    Args:
        domains: domain of each key.
    """
    choices = [values_of(domain) for domain in domains.values()]
    finite = [choice for choice in choices if choice is not None]
    if len(finite) < len(choices):
        return None
    return (dict(zip(domains, row, strict=True)) for row in itertools.product(*finite))


def sobol(domains: dict[str, BaseDistribution], count: int, seed: int) -> list[dict[str, Value]]:
    """Return the first points of a Sobol sequence, scrambled since a plain one starts in a corner.

    Args:
        domains: domain of each key.
        count: number of points.
        seed: seed of the scrambling.
    """
    if not domains:
        return [{} for _ in range(count)]
    sampler = qmc.Sobol(len(domains), scramble=True, rng=np.random.default_rng(seed))
    shares = sampler.random_base2(max(count - 1, 1).bit_length())[:count]
    return [
        {key: at(domain, share) for (key, domain), share in zip(domains.items(), row, strict=True)}
        for row in shares
    ]


def neighbours(
    domains: Mapping[str, BaseDistribution],
    rows: Sequence[Mapping[str, Value]],
    count: int,
    rng: np.random.Generator,
) -> list[dict[str, Value]]:
    """Return values near given ones, of which each gets as many, up to one.

    About four keys of a row change, all if there are fewer: numbers by a tenth of their domain
    (standard deviation), categories to any.

    Args:
        domains: domain of each key.
        rows: value of each key.
        count: number of neighbours.
        rng: source of what changes.
    """
    if not rows or not domains:
        return []
    return [_near(domains, rows[number % len(rows)], rng) for number in range(count)]


def _near(
    domains: Mapping[str, BaseDistribution], row: Mapping[str, Value], rng: np.random.Generator
) -> dict[str, Value]:
    """Return values near those of a row; at least one key changes."""
    count = len(domains)
    changes = rng.random(count) < CHANGED / count
    changes[rng.integers(count)] = True
    steps, shares = rng.normal(0, STEP, count), rng.random(count)
    values = dict(row)
    for (key, domain), changed, step, share in zip(
        domains.items(), changes, steps, shares, strict=True
    ):
        if changed and isinstance(domain, CategoricalDistribution):
            values[key] = at(domain, share)
        elif changed:
            moved = coordinates(domain, values[key])[0] + step
            values[key] = at(domain, min(max(moved, 0.0), 1 - EDGE))
    return values
