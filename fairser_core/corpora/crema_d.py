"""CREMA-D (Cao et al. 2014): acted emotions, as raters who only heard the voices named them."""

import re
from pathlib import Path

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.partition import partition
from fairser_core.corpora.problems import CorpusError, name_problems, report
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_columns

FOLDER = (
    "the folder of CREMA-D, with AudioWAV/1001_DFA_ANG_XX.wav and so on, VideoDemographics.csv and "
    "finishedResponses.csv"
)
CLASSES = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
}
"""Classes by the letter of a response."""
CLIP = re.compile(r"(\d{4})_[A-Z]{3}_(?:ANG|DIS|FEA|HAP|NEU|SAD)_[A-Z]{1,2}\.(?i:wav|flac)")
DEMOGRAPHICS = {
    "ActorID": "speaker",
    "Age": "age",
    "Sex": "gender",
    "Race": "race",
    "Ethnicity": "ethnicity",
}
RESPONSES = ("localid", "queryType", "clipName", "respEmo")
VOICE = "1"
"""Query type of a rater who only heard the voice; 2 saw the face, 3 had both."""
INVALID = ("137526", "312184")
"""Numbers of responses that the release declares invalid."""
SILENT = "1076_MTI_SAD_XX"
"""The one clip without a voice."""


def read_crema_d(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read CREMA-D.

    Votes are those of the task in which raters only heard the voice; the class is the emotion that
    most of them named, which often is not the acted one. The actors' age, race and ethnicity are
    attributes. The release has no splits: three fifths of the actors train, a fifth validates and a
    fifth tests, alike in gender, race, ethnicity and age.

    Args:
        folder: folder of the release: AudioWAV/*.wav, VideoDemographics.csv, finishedResponses.csv.
        classes: classes to study; by default all six.
        skip_broken: leave out clips that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, or the tables break a rule (see
            `make_category_corpus`).
    """
    release = existing_path(folder, FOLDER)
    clips = sorted(p for p in release.glob("AudioWAV/*") if CLIP.fullmatch(p.name))
    voiced = [clip for clip in clips if clip.stem != SILENT]
    if not voiced:
        raise missing(FOLDER, f"there is no such file in {release / 'AudioWAV'}")
    votes, notes = _votes(release / "finishedResponses.csv", {clip.stem for clip in voiced})
    if len(voiced) < len(clips):
        notes.append(f"1 of {len(clips):,} clips left out: it is silent")
    actors = _actors(release / "VideoDemographics.csv")
    table = pd.DataFrame(
        {
            "id": [clip.stem for clip in voiced],
            "speaker": [clip.stem[:4] for clip in voiced],
            "path": [str(clip) for clip in voiced],
        },
        index=pd.RangeIndex(1, len(voiced) + 1, name="clip"),
    )
    strangers = sorted(set(table["speaker"]) - set(actors.index))
    if strangers:
        raise CorpusError(f"{release / 'VideoDemographics.csv'} lacks actor {strangers[0]}")
    return make_category_corpus(
        "crema_d",
        table.join(actors, on="speaker"),
        classes=tuple(CLASSES.values()),
        chosen=classes,
        votes=votes,
        notes=notes,
        source=str(release),
        skip_broken=skip_broken,
    )


def _actors(path: Path) -> pd.DataFrame:
    """Return attributes and split of each actor, indexed by their number.

    Raises:
        CorpusError: the table cannot be read, or names an actor twice or not at all.
    """
    table = read_columns(existing_path(path, FOLDER), tuple(DEMOGRAPHICS))[
        list(DEMOGRAPHICS)
    ].rename(columns=DEMOGRAPHICS)
    problems = name_problems(table["speaker"].replace("", None))
    if len(problems):
        raise CorpusError(report(str(path), [problems.tolist()]))
    actors = table.set_index("speaker")
    actors["age"] = pd.to_numeric(actors["age"], errors="coerce")
    return actors.assign(split=partition(actors, ["gender", "race", "ethnicity", "age"]))


def _votes(path: Path, clips: set[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return the votes on clips by voice, and notes on those that are left out.

    A response whose emotion is no letter of `CLASSES` is left out. The first column, which has no
    name, numbers the responses.
    """
    table = read_columns(existing_path(path, FOLDER), RESPONSES)
    number = table.iloc[:, 0]
    heard = table[table["queryType"] == VOICE]
    invalid = number[heard.index].isin(INVALID)
    strange = ~heard["respEmo"].isin([*CLASSES]) & ~invalid
    notes = ["the class is what most raters of the voice alone named, not what was acted"]
    for rows, reason in ((invalid, "declared invalid"), (strange, "without an emotion")):
        if rows.any():
            notes.append(f"{rows.sum():,} of {len(heard):,} votes by voice left out: {reason}")
    kept = heard[~invalid & ~strange & heard["clipName"].isin(clips)]
    votes = pd.DataFrame({"utterance": kept["clipName"], "label": kept["respEmo"].map(CLASSES)})
    return votes.reset_index(drop=True), notes


READER = Reader(
    read=read_crema_d,
    title="CREMA-D (Cao et al. 2014), classes by the votes of raters who only heard the voice",
    licence="Open Database License",
    folder=FOLDER,
)
