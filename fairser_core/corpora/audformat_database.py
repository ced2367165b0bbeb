"""Databases in audformat, read by its own library, which is an extra."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.partition import partition
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_manifest import NO_EMOTION, ordered_labels
from fairser_core.corpora.reader import Reader

FOLDER = "the folder of an audformat database, with db.yaml"
EMOTION, SPEAKER = "emotion", "speaker"
"""Schemes of the classes and of the speakers."""
SPLITS = {"train": "train", "dev": "validation", "test": "test"}
"""Splits by their types in audformat."""
Key = tuple[str, Any, Any]
"""File, beginning and end, as durations."""


@dataclass
class _Contents:
    """Labels of all tables, by file, beginning and end.

    Attributes:
        emotions: class that no single rater gave: a gold standard.
        splits: splits of its tables.
        votes: key, rater and label of each rating by a person.
    """

    emotions: dict[Key, str] = field(default_factory=dict)
    splits: dict[Key, set[str]] = field(default_factory=dict)
    votes: list[tuple[Key, str, str]] = field(default_factory=list)


def read_audformat(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read a database in audformat.

    Classes are of the columns with the scheme `emotion`: those of a human rater are votes, those of
    any other rater or of none are the class; without any, the class is the label with more votes
    than any other. Speakers are of the scheme `speaker`; all that the scheme says of a speaker is
    an attribute. Splits are those of the tables; without any, the speakers are spread over splits
    alike in gender.

    Args:
        folder: folder of the database, which holds db.yaml and the media.
        classes: classes to study; by default all that occur except `other`.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: the library is missing, the database cannot be read, has no such scheme, or its
            table breaks a rule (see `make_category_corpus`).
    """
    root = existing_path(folder, FOLDER)
    database = _load(root)
    with _naming(root):
        contents = _read_tables(database)
    keys = list(dict.fromkeys([*contents.splits, *contents.emotions]))
    if not keys:
        raise CorpusError(f"{root} must have a table with a column of the scheme {EMOTION!r}")
    with _naming(root):
        table = _speakers(database, _utterances(root, keys, contents))
    notes = [f"audformat database {database.name}, usage: {database.usage}"]
    if "split" not in table:
        notes.append("the database has no splits: speakers are spread over them, alike in gender")
        table["split"] = table["speaker"].map(_spread(table))
    labels = [*contents.emotions.values(), *(label for _, _, label in contents.votes)]
    names = dict(zip(keys, table["id"], strict=True))
    votes = [(names[key], rater, label) for key, rater, label in contents.votes]
    if not contents.emotions:
        table = table.drop(columns="emotion")
    return make_category_corpus(
        "audformat",
        table,
        classes=[n for n in ordered_labels(pd.Series(labels, dtype=str)) if n not in NO_EMOTION],
        chosen=classes,
        others=NO_EMOTION,
        votes=pd.DataFrame(votes, columns=["utterance", "rater", "label"]) if votes else None,
        notes=notes,
        source=str(root),
        skip_broken=skip_broken,
    )


@contextmanager
def _naming(root: Path) -> Iterator[None]:
    """Raise a CorpusError that names the database in place of errors of audformat and pandas."""
    try:
        yield
    except CorpusError as error:
        raise CorpusError(f"{root}: {error}") from error
    except Exception as error:  # of keys that tables name and the header lacks, and the like
        text = f"{type(error).__name__}: {error}"
        raise CorpusError(f"{root} cannot be read as an audformat database: {text}") from error


def _load(root: Path) -> Any:
    """Load the header of a database."""
    try:
        import audformat
    except ImportError as error:
        raise CorpusError(
            "a database in audformat needs its library: pip install 'fairser[audformat]'"
        ) from error
    if not (root / "db.yaml").is_file():
        raise missing(FOLDER, f"{root} has no db.yaml")
    try:
        return audformat.Database.load(str(root), load_data=True)
    except Exception as error:  # of audformat, PyYAML and pyarrow, on damaged files
        raise CorpusError(f"{root} cannot be read as an audformat database: {error}") from error


def _read_tables(database: Any) -> _Contents:
    """Return the labels of all tables with a column of the scheme of emotions."""
    contents = _Contents()
    for table in database.tables.values():
        columns = [n for n, column in table.columns.items() if column.scheme_id == EMOTION]
        if not columns:
            continue
        split = table.split_id and SPLITS.get(database.splits[table.split_id].type)
        frame = table.get(as_segmented=True)
        for key in frame.index:
            contents.splits.setdefault(key, set()).update({split} if split else ())
        for name in columns:
            rater = table.columns[name].rater_id
            human = rater is not None and database.raters[rater].type == "human"
            for key, label in frame[name].dropna().items():
                if human:
                    contents.votes.append((key, rater, str(label).lower()))
                else:
                    contents.emotions[key] = str(label).lower()
    return contents


def _utterances(root: Path, keys: list[Key], contents: _Contents) -> pd.DataFrame:
    """Return a row for each key; without a column `split` where no table has one."""
    rows = []
    for file, start, end in keys:
        first = start.total_seconds()
        last: float | None = None if pd.isna(end) else end.total_seconds()
        whole = last is None and not first
        times = f"{first:g}-{'' if last is None else format(last, 'g')}"
        rows.append(
            {
                "id": file if whole else f"{file} {times}",
                "path": str(root / file),
                "start": None if whole else first,
                "end": last,
                "emotion": contents.emotions.get((file, start, end), ""),
                "split": " and ".join(sorted(contents.splits.get((file, start, end), ()))),
            }
        )
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="row"))
    return table if table["split"].any() else table.drop(columns="split")


def _speakers(database: Any, table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `speaker` and the attributes of its scheme."""
    if SPEAKER not in database.schemes:
        raise CorpusError(f"database {database.name} must have a scheme {SPEAKER!r}")
    try:
        named = database.get(SPEAKER)
    except Exception as error:  # of audformat, e.g. two speakers of a file
        raise CorpusError(f"the speakers of {database.name} cannot be read: {error}") from error
    if "start" in named.index.names:
        ends = named.index.get_level_values("end")
        starts = named.index.get_level_values("start")
        whole = ends.isna() & (starts.total_seconds() == 0)
        if not whole.all():
            raise CorpusError(f"the speakers of {database.name} must be given by file")
    of_file = dict(
        zip(named.index.get_level_values("file"), named[SPEAKER].astype(str), strict=True)
    )
    files = table["id"].where(table["start"].isna(), table["id"].str.rpartition(" ")[0])
    speakers = files.map(of_file)
    return table.assign(speaker=speakers, **dict(_attributes(database, speakers)))


def _attributes(database: Any, speakers: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    """Yield name and values of each attribute that the scheme of speakers holds."""
    labels = database.schemes[SPEAKER].labels
    if isinstance(labels, str):  # name of a table
        of_speaker = database.misc_tables[labels].get().astype(object)
    elif isinstance(labels, dict):
        entries = {k: v if isinstance(v, dict) else {} for k, v in labels.items()}
        of_speaker = pd.DataFrame.from_dict(entries, orient="index")
    else:
        return
    of_speaker.index = of_speaker.index.astype(str)
    for name in of_speaker:
        yield str(name), speakers.map(of_speaker[name])


def _spread(table: pd.DataFrame) -> pd.Series:
    """Return the split of each speaker."""
    by = ["gender"] if "gender" in table else []
    speakers = table.dropna(subset="speaker").drop_duplicates("speaker").set_index("speaker")
    return partition(speakers, by)


READER = Reader(
    read=read_audformat,
    title="a database in audformat with the schemes emotion and speaker",
    licence="that of the database",
    folder=FOLDER,
)
