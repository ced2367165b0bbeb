"""Problems of a corpus: messages that name rows, and the error that lists all of them."""

import difflib
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd

MOST_SHOWN = 20  # messages of one kind in an error
HEADER = "header"
"""Attribute of a table that holds the names of its columns as they were read."""
REMEDY = "remedy"
"""Attribute of a table whose columns may bear other names: how to state these."""
SYNONYMS = {
    "activation": ("arousal", "aro", "emoact"),
    "emotion": ("label", "category", "emoclass", "class"),
    "gender": ("sex",),
    "path": ("wav", "audio", "recording", "clip", "uri", "utterance"),
    "rater": ("annotator", "evaluator", "worker"),
    "session": ("dialog", "fold"),
    "speaker": ("spk", "spkr", "spkrid", "actor", "subject", "participant", "client_id"),
    "split": ("set", "partition", "subset"),
}
"""Names that others give to columns; they are hinted at, for their meaning is not certain."""

Problems = dict[str, pd.Series]
"""Messages of each kind, indexed by their rows. A kind ends a sentence that begins
with a number of rows, e.g. "of unknown gender". A missing message (NaN) repeats an earlier one."""


class CorpusError(ValueError):
    """Error of a corpus that cannot be used; lists every problem, one a line."""


def report(source: str, problems: Iterable[Sequence[str]], hint: str = "") -> str:
    """Return a text that lists all problems, one a line.

    Args:
        source: file or folder that has the problems.
        problems: messages, one sequence a kind; only the first `MOST_SHOWN` of a kind are listed.
        hint: last line.
    """
    lines: list[str] = []
    for messages in problems:
        lines += [message for message in messages[:MOST_SHOWN] if message not in lines]
        if len(messages) > MOST_SHOWN:
            lines.append(f"and {len(messages) - MOST_SHOWN:,} more like this")
    return "\n  ".join([f"{source} cannot be used:", *lines, *([hint] if hint else [])])


def refuse_problems(
    source: str, of_rows: Iterable[Problems], of_tables: Iterable[Sequence[str]]
) -> None:
    """Raise a CorpusError that lists all problems, if there are any.

    Args:
        source: file or folder that has the problems.
        of_rows: problems of single rows; alone, they come with a hint that rows can be skipped.
        of_tables: problems of whole tables, one sequence a kind.
    """
    rows = [messages.dropna().tolist() for kinds in of_rows for messages in kinds.values()]
    tables = list(of_tables)
    if any(tables) or any(rows):
        hint = "" if any(tables) else "(rows like these can be skipped: --skip-broken)"
        raise CorpusError(report(source, [*rows, *tables], hint))


def broken_rows(problems: Problems) -> list[Hashable]:
    """Return the rows that have a problem, each once."""
    return list({row for messages in problems.values() for row in messages.index})


def skipping_notes(
    before: pd.DataFrame,
    after: pd.DataFrame,
    problems: Problems,
    unit: str = "",
    dependent: str = "",
) -> list[str]:
    """Return a note on how many rows were left out and why; none where all are left.

    Args:
        before: all rows.
        after: rows that are left.
        problems: problems of the rows of `before`.
        unit: noun for the rows, with a leading blank, e.g. " ratings".
        dependent: kind of the rows that were left out without a problem of their own.
    """
    gone = len(before) - len(after)
    if not gone:
        return []
    counts = [f"{len(messages):,} {kind}" for kind, messages in problems.items() if len(messages)]
    others = len(before.drop(index=broken_rows(problems))) - len(after)
    counts += [f"{others:,} {dependent}"] if others else []
    return [f"{gone:,} of {len(before):,}{unit} left out: {', '.join(counts)}"]


def names_left_out(before: pd.DataFrame, after: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of rows that were left out, sorted; without those that are missing or stay."""
    if "id" not in before:
        return ()
    gone = set(before["id"].drop(index=after.index).dropna()) - set(after["id"])
    return tuple(sorted(gone))


def row_unit(rows: pd.Series | pd.DataFrame) -> str:
    """Return the unit of the index: its name, e.g. "line", or else "row"."""
    return str(rows.index.name or "row")


def prefix_rows(messages: pd.Series) -> pd.Series:
    """Begin each message with the number of its row."""
    unit = row_unit(messages)
    texts = [f"{unit} {row}: {message}" for row, message in messages.items()]
    return pd.Series(texts, messages.index, dtype=object)


def value_problems(column: pd.Series, good: pd.Series, rule: str) -> pd.Series:
    """Return messages for the values of a column that break a rule.

    Args:
        column: values.
        good: whether each value keeps the rule, bool.
        rule: rule in words, to stand behind "<column> must".
    """
    return prefix_rows(column[~good].map(lambda value: f"{column.name} must {rule}, got {value!r}"))


def name_problems(names: pd.Series) -> pd.Series:
    """Return messages for names that are missing or not unique."""
    unique = names.drop_duplicates()
    first = pd.Series(unique.index, index=unique.array)
    bad = names[names.isna() | names.duplicated()]
    return prefix_rows(
        bad.map(
            lambda name: (
                f"{names.name} must not be empty"
                if pd.isna(name)
                else f"{names.name} must be unique, {name!r} is already that of "
                f"{row_unit(names)} {first[name]}"
            )
        )
    )


def column_problems(table: pd.DataFrame, columns: Sequence[str], of: str = "") -> list[str]:
    """Return messages for missing columns, with the nearest names, and then the header.

    Args:
        table: table as it was read.
        columns: columns that are needed. `id` is needed only beside files, which name it otherwise.
        of: name of the table where there are several.
    """
    files = {"path", "features"} & set(table)
    lacking = [c for c in columns if c not in table and (c != "id" or files)]
    header = table.attrs.get(HEADER, [str(name) for name in table])
    messages = []
    for name in lacking:
        meant = nearest(
            name, [other for other in header if other not in table or other not in columns]
        )
        hint = f" (is it {meant!r}?)" if meant else ""
        messages.append(f"column {name!r}{of} is missing{hint}")
    return [*messages, header_line(header, of), *remedies(table, lacking[0])] if messages else []


def remedies(table: pd.DataFrame, name: str) -> list[str]:
    """Return how to take another column of a table for a missing one, if there is a way."""
    return [table.attrs[REMEDY].format(name=name)] if REMEDY in table.attrs else []


def nearest(name: str, header: Sequence[str]) -> str:
    """Return the name of a header that may mean a known name; empty if none is near.

    That is a part of it, a longer one that has it as a part, a synonym, or one of similar spelling.
    """
    lower = {other.strip().lower(): other for other in header if len(other.strip()) > 2}
    parts = [other for other in lower if other in name or name in other]
    parts += [other for other in lower if other in SYNONYMS.get(name, ())]
    near = parts or [
        other
        for meaning in (name, *SYNONYMS.get(name, ()))
        for other in difflib.get_close_matches(meaning, lower, n=1, cutoff=0.7)
    ]
    return lower[near[0]] if near else ""


@contextmanager
def naming_columns(table: pd.DataFrame) -> Iterator[None]:
    """Add the columns of a table, as they were read, to errors of its values."""
    try:
        yield
    except CorpusError as error:
        line = header_line(table.attrs.get(HEADER, [*map(str, table)]))
        if line in str(error):
            raise
        raise CorpusError(f"{error}\n  {line}") from error


def header_line(header: Sequence[str], of: str = "") -> str:
    """Return the names of columns as they were read, for messages."""
    shown = ", ".join(map(repr, header[:MOST_SHOWN]))
    more = f" and {len(header) - MOST_SHOWN:,} more" if len(header) > MOST_SHOWN else ""
    return f"the columns{of} are {shown}{more}"
