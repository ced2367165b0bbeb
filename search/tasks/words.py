"""Words on a task, and which parts of a report it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class ReportPart(Enum):
    """Part of a report's test results that only some tasks have."""

    CLASSES = "tables of classes by group, and reliability curves"
    DETECTORS = "tables of detectors of emotions"
    REPRESENTATIONS = "t-SNE of the detectors' representations"


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words on a task in messages and reports.

    Attributes:
        corpora: which corpora are its own; follows "a corpus".
        models: its models.
        groups: whose groups are compared, unless a user names others; follows "of".
        heading: of its test results.
        averaged: precedes the range of a metric; empty where nothing is averaged.
        table: of the table of systems; `{corpus}` stands for its name.
        note: on the metrics in that table.
        tested: which utterances are tested; follows "utterances".
        like: what the box plots are like; empty if the papers have none.
    """

    corpora: str
    models: str
    groups: str
    heading: str
    averaged: str = ""
    table: str
    note: str
    tested: str
    like: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """Words on a bundle in its model card.

    Attributes:
        prediction: what it predicts; follows "This model".
        groups: whose groups are compared.
        people: what the suffix of a metric of a group stands for.
        tested: test data of the task; follows "tested on".
        limits: what it is not good for, in sentences.
        example: a file to predict, with the options that it needs.
        source: what validation utterances were predicted from.
        single: what metrics are also given of, each alone.
    """

    prediction: str
    groups: str
    people: Mapping[str, str]
    tested: str
    limits: Sequence[str]
    example: str
    source: str = "files"
    single: str = "emotions"
