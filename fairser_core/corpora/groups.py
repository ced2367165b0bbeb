"""Groups of speakers by any of their attributes, by several at once, or by bands of a number."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora import checks
from fairser_core.corpora.category_checks import NOTHING, STRUCTURE
from fairser_core.corpora.problems import CorpusError, nearest
from fairser_core.metrics.metric import metric_key

RESERVED = ("activation", "diff", "dominance", "gap", "sd", "valence")
"""Names that no group may have: `ccc_gap` is not the CCC of a group, nor `ccc_valence`."""
UNKNOWN = "unknown"
"""Name of the group whose attribute is unknown."""
MOST = 40
"""Values of an attribute above which its groups are taken for a mistake."""


@dataclass(frozen=True)
class Grouping:
    """Rule by which utterances are grouped.

    Attributes:
        columns: attributes whose values, in combination, name a group.
        edges: numbers between the bands of an attribute, ascending, by attribute.
        unknown: whether unknown values are a group; otherwise such utterances are in none.
        fewest_speakers: speakers that a group needs to be judged by.
        fewest_utterances: utterances that a group needs to be judged by.
    """

    columns: tuple[str, ...] = ("gender",)
    edges: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    unknown: bool = False
    fewest_speakers: int = 5
    fewest_utterances: int = 50

    @classmethod
    def parse(
        cls, text: str, *, unknown: bool = False, fewest: tuple[int, int] = (5, 50)
    ) -> "Grouping":
        """Return the grouping of a text like `gender` or `gender,age:30:45`.

        Args:
            text: attributes with commas between them; edges of bands stand behind colons.
            unknown: whether unknown values are a group.
            fewest: speakers and utterances that a group needs to be judged by.

        Raises:
            ValueError: an attribute is empty or named twice, or edges are not ascending numbers.
        """
        edges = {}
        columns = []
        for part in text.split(","):
            name, *numbers = (each.strip() for each in part.split(":"))
            try:
                limits = tuple(map(float, numbers))
            except ValueError:
                limits = (np.nan,)
            if not name or name in columns or not all(np.diff([-np.inf, *limits, np.inf]) > 0):
                rule = "name each attribute once, edges of its bands ascending: gender,age:30:45"
                raise ValueError(f"groups must {rule}, got {text!r}")
            columns.append(name)
            if limits:
                edges[name] = limits
        return cls(tuple(columns), edges, unknown, *fewest)

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        bands = {
            name: "".join(f":{_written(edge)}" for edge in self.edges.get(name, ()))
            for name in self.columns
        }
        return ",".join(name + bands[name] for name in self.columns)


BY_GENDER = Grouping()
"""The papers' groups: women and men."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of utterances.

    Attributes:
        names: names of the groups, in order.
        index: number of each utterance's group; -1 where it is in none (row,).
    """

    names: tuple[str, ...]
    index: NDArray[np.int64]

    def sizes(self, speaker: Sequence[str] | NDArray[np.object_]) -> pd.DataFrame:
        """Return `speakers` and `utterances` of each group, in the order of `names`.

        Args:
            speaker: name of each utterance's speaker (row,).
        """
        table = pd.DataFrame({"group": self.index, "speaker": list(speaker)})
        counts = table.groupby("group")["speaker"].agg(["nunique", "size"])
        counts = counts.reindex(range(len(self.names)), fill_value=0).set_axis(list(self.names))
        return counts.set_axis(["speakers", "utterances"], axis=1)


def groups_of(table: pd.DataFrame, grouping: Grouping) -> Groups:
    """Return the groups of the utterances of a corpus.

    Women come before men, bands in their order, all other values by name, the unknown last.

    Args:
        table: utterances of a corpus, with speakers and attributes.
        grouping: rule.

    Raises:
        CorpusError: the corpus lacks an attribute, has no value of it, has more than `MOST` values
            that are not banded, or bands are asked for of values that are no numbers; a speaker is
            in two groups, or the names of two groups are alike.
    """
    parts = [_values(table, name, grouping) for name in grouping.columns]
    keys = list(zip(*(codes for _, codes in parts), strict=True))
    present = sorted({key for key in keys if -1 not in key})
    names = tuple(
        "/".join(part[code] for (part, _), code in zip(parts, key, strict=True)) for key in present
    )
    _check_distinct(names)
    number = {key: index for index, key in enumerate(present)}
    index = np.array([number.get(key, -1) for key in keys], dtype=np.int64)
    _check_of_speakers(table["speaker"].to_numpy(), names, index)
    return Groups(names, index)


def _check_distinct(names: Sequence[str]) -> None:
    """Raise a CorpusError that names groups which tables or metrics would take for others."""
    known: dict[str, str] = {}
    for name in names:
        if metric_key(name) in RESERVED:
            rule = f"must have other names than {', '.join(RESERVED)}, which end those of metrics"
            raise CorpusError(f"--group: groups {rule}, got {name!r}")
        other = known.setdefault(metric_key(name), name)
        if other is not name:
            rule = "must differ in letters, digits or points: metrics are named after them"
            raise CorpusError(f"--group: groups {rule}, got {other!r} and {name!r}")


def _check_of_speakers(
    speaker: NDArray[np.object_], names: Sequence[str], index: NDArray[np.int64]
) -> None:
    """Raise a CorpusError that names the first speaker who is in two groups."""
    known: dict[object, int] = {}
    for name, number in zip(speaker[index >= 0], index[index >= 0], strict=True):
        other = known.setdefault(name, number)
        if other != number:
            got = f"{name!r} is of {names[other]} and {names[number]}"
            raise CorpusError(f"--group: a speaker must be of one group, {got}")


def _written(edge: float) -> str:
    """Return a number with all its digits."""
    return f"{edge:.15g}"


def judged(sizes: pd.DataFrame, grouping: Grouping) -> list[str]:
    """Return the groups that are large enough to be judged by, in order.

    A gap needs two groups: where fewer are large enough, the two with most speakers are judged.

    Args:
        sizes: table of `Groups.sizes`.
        grouping: rule.
    """
    large = (sizes["speakers"] >= grouping.fewest_speakers) & (
        sizes["utterances"] >= grouping.fewest_utterances
    )
    if large.sum() < 2:
        by_size = sizes.sort_values(["speakers", "utterances"], ascending=False, kind="stable")
        large = pd.Series(sizes.index.isin(by_size.index[:2]), sizes.index)
    return [name for name in sizes.index if large[name]]


def _values(
    table: pd.DataFrame, name: str, grouping: Grouping
) -> tuple[tuple[str, ...], list[int]]:
    """Return the values of an attribute in order, and the number of each row's; -1 if unknown."""
    if name not in table:
        known = [str(n) for n in table if n not in STRUCTURE]
        meant = nearest(name, known)
        raise CorpusError(
            f"--group: groups need the attribute {name!r}, the corpus has {', '.join(known)}"
            + f"; did you mean {meant}?" * bool(meant)
        )
    if name in grouping.edges:
        names, codes = _bands(table[name], grouping.edges[name])
    else:
        text = checks.as_text(table[name])
        text = text.mask(text.str.lower().isin(NOTHING), None)
        names = tuple(sorted(text.dropna().unique(), key=_order))
        codes = [names.index(value) if isinstance(value, str) else -1 for value in text]
    if not names:
        raise CorpusError(f"no value of the attribute {name!r} is known")
    if len(names) > MOST:
        rule = f"have at most {MOST} values, or bands: --group {name}:30:45"
        raise CorpusError(f"the attribute {name!r} must {rule}, has {len(names)}")
    if grouping.unknown and -1 in codes:
        return (*names, UNKNOWN), [len(names) if code < 0 else code for code in codes]
    return names, codes


def _order(value: str) -> tuple[int, float, str]:
    """Return what values are sorted by: women, men, numbers by size, then names."""
    genders = ("female", "male")
    if value in genders:
        return genders.index(value), 0.0, ""
    try:
        return 2, float(value), ""
    except ValueError:
        return 3, 0.0, value


def _bands(column: pd.Series, edges: tuple[float, ...]) -> tuple[tuple[str, ...], list[int]]:
    """Return the bands of a number: below the first edge, and from each edge to the next."""
    numbers = checks.numbers(column)
    text = checks.as_text(column)
    wrong = numbers.isna() & ~text.str.lower().isin(NOTHING)
    if wrong.any():
        got = text[wrong].iloc[0]
        raise CorpusError(f"bands need numbers of the attribute {column.name!r}, got {got!r}")
    written = [_written(edge) for edge in edges]
    middle = [f"{low} to under {high}" for low, high in itertools.pairwise(written)]
    names = (f"under {written[0]}", *middle, f"from {written[-1]}")
    codes = np.digitize(numbers, edges)
    return names, [
        -1 if unknown else int(c) for c, unknown in zip(codes, numbers.isna(), strict=True)
    ]
