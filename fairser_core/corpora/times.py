"""Times of segments in a table: beginnings and ends in seconds, by the names of several formats.

Columns are `start` and `end` (audformat, Kaldi), or `offset` and `duration` (NeMo, Lhotse), as
numbers of seconds or as durations (`0 days 00:00:02.5`).
"""

import re
from collections.abc import Hashable

import numpy as np
import pandas as pd

from fairser_core.corpora.column_names import plain
from fairser_core.corpora.problems import Problems, value_problems
from fairser_core.files.ledger import facts_of
from fairser_core.files.segment import Segment
from fairser_core.files.usable import AudioFacts

NAMES = ("start", "end", "offset", "duration")
RULE = "be empty, a number of seconds or a duration like 0 days 00:00:02.5"
SAME = 0.1
"""Seconds by which a duration that states the file's length may differ from it."""
UNIT = r"(_?(time|timestamp|point|s|sec|secs|seconds|ms|msec|milliseconds|samples?|frames?))*"
ALIKE = re.compile(
    r"((segment|seg|utterance|utt|time|t)_?)?"
    r"(start|begin|beginning|beg|onset|from|stop|end|ending|to|[tx]_?(min|max)|t[01]|offset)" + UNIT
)
"""Names of columns of times, beside `NAMES`, as `column_names.plain` writes them."""
BEGINNING = re.compile(r"(.+_)?(start|begin|beginning|onset)(_.+)?")
ENDING = re.compile(r"(.+_)?(stop|end|ending|offset|dur|duration|len|length)(_.+)?")
"""Names of two columns that together are times of segments, whatever they are of."""
LENGTH = re.compile(r"((segment|seg|utterance|utt|audio)_?)?(dur|duration|len|length)" + UNIT)
"""Names of columns of lengths, which matter beside a beginning without an end."""
CLOCK = r"(?:\d+ days?,? )?\d+:\d\d:\d\d(?:\.\d+)?"


def add_segments(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with `start` and `end` as numbers of seconds, where it has any of `NAMES`.

    Missing values (NaN) stand for the beginning and the end of the file, infinite ones for a text
    that is no time. A `duration` without a beginning describes the whole file.

    Args:
        table: table of utterances with absolute paths.
    """
    if "path" not in table or not set(NAMES) & set(table):
        return table
    times = {name: seconds(table[name]) for name in NAMES if name in table}
    none = pd.Series(np.nan, table.index)
    start = times.get("start", times.get("offset", none))
    end = times.get("end", none)
    if "end" not in times and "duration" in times and {"start", "offset"} & set(times):
        end = start.fillna(0) + times["duration"]
    if start.isna().all() and end.isna().all():
        return table.drop(columns=[name for name in ("start", "end") if name in table])
    return table.assign(start=start, end=end)


def seconds(column: pd.Series) -> pd.Series:
    """Return times in seconds; NaN where there is none, infinity where a text is no time."""
    if pd.api.types.is_timedelta64_dtype(column):
        return pd.Series(column.dt.total_seconds(), column.index)
    text = column.astype("string").fillna("").str.strip()
    text = text.mask(text.str.lower().isin(["", "nan", "nat", "none", "<na>"]), "")
    numbers = pd.to_numeric(text.str.replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True), "coerce")
    clock = text.str.replace(r"^([\d:]+),(\d+)$", r"\1.\2", regex=True)  # of subtitles
    durations = clock.where(numbers.isna() & clock.str.fullmatch(CLOCK), None)
    spans = pd.to_timedelta(durations, errors="coerce").dt.total_seconds()
    times = numbers.astype(float).fillna(spans)
    return times.mask(times.isna() & (text != ""), np.inf).astype(float)


def segments(table: pd.DataFrame) -> pd.Series:
    """Return the file or segment of each row of a standard table, by `path` or `features`."""
    paths = table["path" if "path" in table else "features"].map(str)
    if "path" not in table or "start" not in table:
        return paths.map(Segment)
    rows = zip(paths, table["start"], table["end"], strict=True)
    listed = [
        Segment(path, 0.0 if pd.isna(start) else start, None if pd.isna(end) else end)
        for path, start, end in rows
    ]
    return pd.Series(listed, table.index, dtype=object)


def unknown_times(table: pd.DataFrame) -> Problems:
    """Return messages for the rows of a reader's table whose texts are no times."""
    return {
        f"of unknown {name}": value_problems(table[name], ~np.isinf(seconds(table[name])), RULE)
        for name in NAMES
        if name in table
    }


def time_problems(table: pd.DataFrame) -> list[str]:
    """Return messages for columns of times that are not honoured, or contradict each other.

    Args:
        table: table of a reader.
    """
    problems = []
    honoured = [name for name in NAMES if name in table]
    if "path" not in table and "features" in table and set(honoured) - {"duration"}:
        problems.append(
            f"{' and '.join(honoured)} cut segments of audio (`path`), not of `features`: give "
            "each utterance features of its own"
        )
    if {"start", "offset"} <= set(table):
        problems.append("columns 'start' and 'offset' state the same: keep one of them")
    open_end = {"start", "offset"} & set(table) and not {"end", "duration"} & set(table)
    paired = _pairs(table)
    for name in table:
        like = plain(str(name))
        alike = ALIKE.fullmatch(like) or (open_end and LENGTH.fullmatch(like)) or name in paired
        if name not in NAMES and alike:
            problems.append(
                f"column {name!r} looks like times of segments, which must be `start` and `end`, "
                "or `offset` and `duration`, in seconds: rename it, or leave it out"
            )
    return problems + _length_problems(table)


def _pairs(table: pd.DataFrame) -> set[Hashable]:
    """Return names of columns of times that are a beginning and an end of something."""
    spelled = {name: plain(str(name)) for name in table if name not in NAMES}
    begin = {name for name, like in spelled.items() if BEGINNING.fullmatch(like)}
    end = {name for name, like in spelled.items() if ENDING.fullmatch(like)}
    timed = {name for name in begin | end if np.isfinite(seconds(table[name]).fillna(0)).all()}
    return timed if timed & begin and timed & end else set()


def _contradictions(table: pd.DataFrame) -> list[str]:
    """Return a message if `duration` is not the time from a beginning to `end`."""
    start = seconds(table["start" if "start" in table else "offset"]).fillna(0)
    written = seconds(table["duration"])
    wrong = table.index[(seconds(table["end"]) - start - written).abs() > SAME]
    if wrong.empty:
        return []
    row = wrong[0]
    return [
        f"column 'duration' must be the time from the beginning to `end`: {len(wrong):,} of "
        f"{len(table):,} rows contradict, e.g. {table.index.name or 'row'} {row} has duration "
        f"{table['duration'][row]} and end {table['end'][row]}: leave one of the columns out"
    ]


def _length_problems(table: pd.DataFrame) -> list[str]:
    """Return a message if `duration`, beside a beginning or without, contradicts other times."""
    if "path" not in table or "duration" not in table:
        return []
    if "end" in table and {"start", "offset"} & set(table):
        return _contradictions(table)
    if set(NAMES) & set(table) != {"duration"}:
        return []
    facts = facts_of([Segment(str(path)) for path in table["path"]], AudioFacts)
    lengths = pd.Series([f.frames / f.rate if f.rate else np.nan for f in facts], table.index)
    written = seconds(table["duration"])
    wrong = table.index[(written - lengths).abs() > SAME]
    if wrong.empty:
        return []
    row = wrong[0]
    return [
        "column 'duration' must state the length of the file in seconds, or that of a part beside "
        f"`start` or `offset`: {len(wrong):,} of {len(table):,} rows do not, e.g. "
        f"{table.index.name or 'row'} {row} has {table['duration'][row]}, its file "
        f"{lengths[row]:.3f} s: give `start`, or leave the column out"
    ]
