"""MSP-Podcast with classes of emotion, and the votes of its raters in each layout of a release."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path
from fairser_core.corpora.msp_podcast import (
    CLASSES,
    FOLDER,
    find_labels,
    lines_of,
    read_release,
)
from fairser_core.corpora.problems import CorpusError, header_line
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_csv

EIGHT = tuple(name for name in CLASSES.values() if name != "other")
NAMES = {"angry": "anger", "sad": "sadness", "happy": "happiness"}
"""Classes by the adjectives of raters, where these differ."""
DETAILS = ("labels_detailed.csv", "labels_detailed.json", "labels.txt")
UNREADABLE = (OSError, ValueError, RecursionError)
"""Errors of JSON that cannot be read. A release has more votes than `read_json` takes values."""
PRIMARY, SECONDARY = "EmoClass_Major", "EmoClass_Second"
Vote = tuple[str, str, str, str]
"""File, rater, primary label, and secondary labels with commas between them."""


def read_msp_podcast_classes(
    folder: Path | None,
    *,
    classes: tuple[str, ...] | None = None,
    secondary: float = 0.0,
    skip_broken: bool = False,
) -> CategoryCorpus:
    """Read a release of MSP-Podcast with classes of emotion.

    The class is the consensus of the release. Utterances of the class other and those without
    agreement count in soft targets alone. Test1 is the test split; see `read_msp_podcast`.

    Args:
        folder: see `read_msp_podcast`; for votes it also holds labels_detailed.csv, .json, or
            labels.txt. A rater's first rating of a file counts.
        classes: classes to study; by default all eight.
        secondary: weight of a secondary label, where a primary label has 1.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, `secondary` is not in 0..1 or there are
            no votes for it, or the table breaks a rule (see `make_category_corpus`).
    """
    if not 0 <= secondary <= 1:
        raise CorpusError(f"`secondary` must be in 0..1, got {secondary}")
    release = existing_path(folder, FOLDER)
    labels, table, notes = read_release(release)
    details = find_labels(release, DETAILS)
    if details is None:
        if secondary:
            raise CorpusError(f"votes on secondary labels need {' or '.join(DETAILS)} in {release}")
        notes.append(f"without votes, which need {' or '.join(DETAILS)}")
    votes = None if details is None else _votes(details, secondary)
    return make_category_corpus(
        "msp_podcast",
        table.assign(emotion=table["emotion"].map({**CLASSES, "X": ""})).drop(columns="activation"),
        classes=EIGHT,
        chosen=classes,
        others=None,
        votes=votes,
        notes=notes,
        source=str(labels),
        skip_broken=skip_broken,
    )


def _votes(path: Path, secondary: float) -> pd.DataFrame:
    """Return utterance, label and weight of the first rating of each rater of each file."""
    match path.suffix:
        case ".json":
            ratings = _of_json(path)
        case ".csv":
            ratings = _of_table(path)
        case _:
            ratings = _of_text(path)
    rows, known = [], set()
    for file, rater, primary, others in ratings:
        if (file, rater) in known or not primary:
            continue
        known.add((file, rater))
        first = _label(primary)
        rows.append((file, first, 1.0))
        more = dict.fromkeys(_label(text) for text in others.split(",") if text.strip())
        rows += [(file, label, secondary) for label in more if secondary and label != first]
    return pd.DataFrame(rows, columns=["utterance", "label", "votes"])


def _label(text: str) -> str:
    """Return the class of an adjective; "Other-..." is other, whatever follows."""
    name = text.strip().lower().partition("-")[0].strip()
    return NAMES.get(name, name)


def _of_table(path: Path) -> Iterator[Vote]:
    """Yield the votes of labels_detailed.csv, with a column EmoDetail or one a label."""
    table = read_csv(path, ("FileName", PRIMARY, SECONDARY, "EmoDetail"))
    if {"FileName", "EmoDetail"} <= set(table):
        for file, detail in zip(table["FileName"], table["EmoDetail"], strict=True):
            yield _rating(file, [part.strip() for part in detail.split(";")])
        return
    rater = next((name for name in ("Workers", "Worker", "WorkerID") if name in table), None)
    if rater is None or not {"FileName", PRIMARY} <= set(table):
        raise CorpusError(
            f"{path} must have columns FileName and EmoDetail, or FileName, Workers and {PRIMARY}; "
            f"{header_line([*table])}"
        )
    second = table[SECONDARY] if SECONDARY in table else pd.Series("", table.index)
    yield from zip(table["FileName"], table[rater], table[PRIMARY], second, strict=True)


def _of_text(path: Path) -> Iterator[Vote]:
    """Yield the votes of labels.txt: the lines below that of a file."""
    file = ""
    for _, values in lines_of(path):
        if values[0].lower().endswith(".wav"):
            file = values[0]
        elif file:
            yield _rating(file, values)


def _rating(file: str, values: list[str]) -> Vote:
    """Return the vote of `WORKER00000012; Neutral; Neutral,Concerned; A:4.0; ...`."""
    rater, primary, others = (*values, "", "", "")[:3]
    return file, rater, primary, "" if ":" in others else others


def _of_json(path: Path) -> Iterator[Vote]:
    """Yield the votes of labels_detailed.json, whose raters are keys or a list `Workers`."""
    try:
        files = json.loads(path.read_text(encoding="utf-8-sig"))
        for file, content in files.items():
            listed = content.get("Workers")
            named = content.items() if listed is None else ((r["Name"], r) for r in listed)
            for rater, labels in named:
                yield file, rater, *_json_labels(labels)
    except (*UNREADABLE, AttributeError, KeyError, TypeError) as error:
        raise CorpusError(f"{path} must hold raters by file, with {PRIMARY}: {error!r}") from error


def _json_labels(labels: Mapping[str, Any]) -> tuple[str, str]:
    """Return the primary label and the secondary ones, which may be a list."""
    others = labels.get(SECONDARY) or ""
    text = others if isinstance(others, str) else ",".join(map(str, others))
    return str(labels[PRIMARY]), text


READER = Reader(
    read=read_msp_podcast_classes,
    title="MSP-Podcast (Lotfian & Busso 2019), any release, eight classes",
    licence="by agreement with the owner, the MSP lab",
    folder=FOLDER,
)
