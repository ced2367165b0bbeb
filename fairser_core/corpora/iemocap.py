"""IEMOCAP (Busso et al. 2008), the corpus of Chien & Lee (2023), from the tree of the release."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fairser_core.corpora.corpus import Corpus, make_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.problems import CorpusError, report
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS, RatedCorpus, make_rated_corpus
from fairser_core.corpora.rating_checks import RATINGS, Tables
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_csv
from fairser_core.corpora.text_lines import text_lines

FOLDER = (
    "the folder of the IEMOCAP release, with Session1/dialog/EmoEvaluation/Ses01F_impro01.txt and "
    "so on"
)
MERGED = {"excited": "happiness"}
"""The paper's 1,636 happy utterances are the release's 595 happy and 1,041 excited ones."""

LABELS = (*PAPER_EMOTIONS, "surprise", "fear", "disgust", "other")
MAJORITY = {
    "neu": "neutral",
    "hap": "happiness",
    "exc": "happiness",
    "ang": "anger",
    "sad": "sadness",
    "fru": "frustration",
    "sur": "surprise",
    "fea": "fear",
    "dis": "disgust",
    "oth": "other",
    "xxx": "",  # no majority
}
TURN = re.compile(r"(Ses0([1-5])[FM]_(?:impro|script)0\d[ab]?(?:_\db?)?)_([FM])\d{3}")
HEADER = re.compile(
    r"\[[\d.]+ - [\d.]+\]\t(?P<turn>\S+)\t(?P<emotion>\S+)\t"
    r"\[(?P<valence>\d\.\d+), (?P<activation>\d\.\d+), (?P<dominance>\d\.\d+)\]"
)
MEANS = ("valence", "activation", "dominance")  # 1..5, in the order of the release
SCALE = (1.0, 5.0)
SPLIT_S5 = {**dict.fromkeys("123", "train"), "4": "validation", "5": "test"}
"""Split of each session in a corpus of activation."""
VOTE = re.compile(r"C-(E\d+):\t([^\t]*)")
"""Labels of an external rater. C-F1 and C-M1 lines are how the actors themselves felt, A- lines the
values that the means are of. A comment, which may hold anything, comes after the labels."""


@dataclass
class _Contents:
    """Contents of the files read so far.

    Attributes:
        turns: rows of utterances by the line of each, as messages name it.
        votes: line, utterance, rater and label of each rating.
        problems: messages about lines that cannot be read.
    """

    turns: dict[str, dict[str, object]] = field(default_factory=dict)
    votes: list[tuple[str, str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_iemocap(
    folder: Path | None, *, raters: Path | None = None, skip_broken: bool = False
) -> RatedCorpus:
    """Read the release of IEMOCAP.

    All turns are kept, whatever their labels. Ratings are those of the external raters, three of
    them a turn, who may name several labels. Excited counts as happiness, in the ratings and in
    `emotion`, the label of the release, which is missing where no label had most of the votes. The
    means of `valence`, `activation` and `dominance` are kept, too (1..5).

    The last letter in the name of a turn is its speaker (Ses01F_impro01_M003: the man of session
    1). The letter after the session is that of the speaker who wore the markers.

    Args:
        folder: folder of the release, whose Session1 ... Session5 hold
            dialog/EmoEvaluation/Ses*.txt and sentences/wav/<dialog>/<turn>.wav.
        raters: a CSV file with columns `rater` (E1, E2, ...) and `gender`, which the release does
            not hold.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such files, lines of them are not as described (all are listed),
            `raters` is not given, or the tables break a rule (see `make_rated_corpus`).
    """
    release = existing_path(folder, FOLDER)
    turns, ratings, notes = read_release(release, skip_broken)
    return make_rated_corpus(
        "iemocap",
        Tables(turns, ratings, _raters(raters, ratings)),
        emotions=PAPER_EMOTIONS,
        labels=LABELS,
        notes=notes,
        source=str(release),
        skip_broken=skip_broken,
    )


def read_release(release: Path, skip_broken: bool) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Read the turns and ratings of a release.

    Args:
        release: folder of the release.
        skip_broken: leave out lines that cannot be read, and note how many.

    Returns:
        Table of turns; `utterance`, `rater` and `label` of the external raters' votes; notes.

    Raises:
        CorpusError: there are no such files, or lines of them are not as described (all are
            listed).
    """
    files = sorted(release.glob("Session[1-5]/dialog/EmoEvaluation/Ses*.txt"))
    if not files:
        raise missing(FOLDER, f"there is no such file in {release}")
    contents = _Contents()
    for path in files:
        _read_file(path, contents)
    problems = contents.problems
    if problems and not skip_broken:
        hint = "(lines like these can be skipped, with their turns: --skip-broken)"
        raise CorpusError(report(str(release), [problems], hint))
    skipped = [f"lines left out that cannot be read: {len(problems):,}"] * bool(problems)
    return (
        pd.DataFrame.from_dict(contents.turns, orient="index").rename_axis("line"),
        pd.DataFrame(contents.votes, columns=["line", *RATINGS]).set_index("line"),
        ["excited counts as happiness; how actors felt themselves is no rating", *skipped],
    )


def read_dimensions(folder: Path | None, *, skip_broken: bool = False) -> Corpus:
    """Read the release of IEMOCAP as a corpus of activation, valence and dominance.

    Labels are the means of the raters on 1..5. The split is named s5: training on sessions 1, 2
    and 3, validation on session 4, test on session 5; no speaker is in two sessions. What raters
    perceived is not read, so that their genders are not needed.

    Args:
        folder: folder of the release, see `read_iemocap`.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such files, lines of them are not as described (all are listed),
            or the table breaks a rule (see `make_corpus`).
    """
    release = existing_path(folder, FOLDER)
    table, _, (_, *skipped) = read_release(release, skip_broken)
    return make_corpus(
        "iemocap",
        table.assign(split=table["session"].map(SPLIT_S5)),
        scale=SCALE,
        notes=["split s5: trained on sessions 1, 2, 3, validated on 4, tested on 5", *skipped],
        source=str(release),
        skip_broken=skip_broken,
    )


def _raters(path: Path | None, ratings: pd.DataFrame) -> pd.DataFrame:
    """Read the table of raters; without one the error lists the raters of the ratings."""
    if path is None:
        counts = ratings.groupby("rater")["utterance"].nunique()
        rated = ", ".join(f"{rater} ({count:,} turns)" for rater, count in counts.items())
        raise CorpusError(
            "IEMOCAP does not say which of its raters are women and which men, and it cannot be "
            "guessed: give a CSV file with the columns rater,gender and a row for each of "
            f"{rated}: --raters raters.csv"
        )
    table = read_csv(existing_path(path, "a CSV file with the columns rater,gender"))
    return table.rename_axis(f"{path.name} line")


def _read_file(path: Path, contents: _Contents) -> None:
    """Add the turns and ratings of a dialog, which come in blocks that begin with "[".

    Lines that are neither a turn nor a rating are passed over: comments begin with "%".
    """
    turn, before = "", len(contents.turns)
    for line, text in _lines(path):
        if text.startswith("["):
            turn, row = _turn(text, path)
            if turn:
                contents.turns[line] = row
            else:
                rule = "must be '[start - end] turn emotion [V, A, D]' with tabs between them"
                contents.problems.append(f"line {line}: {rule}, got {text!r}")
        elif text.startswith("C-E"):
            vote = VOTE.match(text)
            if not vote or not turn:
                rule = "must be 'C-E1: labels; (comment)' with tabs between them, under its turn"
                contents.problems.append(f"line {line}: {rule}, got {text!r}")
                continue
            rater, labels = vote.groups()
            for label in labels.strip().removesuffix(";").split(";"):
                name = label.strip().lower()
                contents.votes.append((line, turn, rater, MERGED.get(name, name)))
    if len(contents.turns) == before:
        contents.problems.append(f"{path.name}: must have turns, has none that can be read")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the place of each line, as messages name it, and the line."""
    for number, text in text_lines(path):
        yield f"{number} of {path.name}", text


def _turn(text: str, path: Path) -> tuple[str, dict[str, object]]:
    """Return name and row of a turn; the empty name if the line has another form."""
    header = HEADER.fullmatch(text)
    name = TURN.fullmatch(header["turn"]) if header else None
    if not header or not name or header["emotion"] not in MAJORITY:
        return "", {}
    dialog, session, letter = name.groups()
    audio = path.parents[2] / "sentences" / "wav" / dialog / f"{name.string}.wav"
    return name.string, {
        "id": name.string,
        "speaker": session + letter,
        "gender": letter,
        "session": session,
        "emotion": MAJORITY[header["emotion"]],
        "path": str(audio),
        **{mean: float(header[mean]) for mean in MEANS},
    }


READER = Reader(
    read=read_iemocap,
    title="IEMOCAP (Busso et al. 2008)",
    licence="by agreement with the owner, the SAIL lab of the University of Southern California",
    folder=FOLDER,
    recognises=lambda folder: True,
)
DIMENSIONS = Reader(
    read=read_dimensions,
    title="IEMOCAP (Busso et al. 2008), activation, valence and dominance by sessions",
    licence=READER.licence,
    folder=FOLDER,
)
