"""Emozionalmente (Catania et al. 2024): acted emotions in Italian, rated by women and men.

Voices and raters are of the crowd: 6,902 clips of 431 actors, five votes of 829 raters a clip.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.partition import partition
from fairser_core.corpora.problems import CorpusError, name_problems, report
from fairser_core.corpora.rated_corpus import RatedCorpus, make_rated_corpus
from fairser_core.corpora.rating_checks import Tables
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_columns

FOLDER = "the folder of Emozionalmente, with audio/, metadata/samples.csv and so on"
CLASSES = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "neutrality": "neutral",
    "sadness": "sadness",
    "surprise": "surprise",
}
"""Classes by their names in the release."""
SPLITS = {"train": "train", "dev": "validation", "test": "test"}
SESSIONS = ("1", "2", "3", "4", "5")
"""Groups of actors, alike in gender, that stand for the sessions that the release lacks."""
COLUMNS = {
    "samples": ("file_name", "actor"),
    "evaluations": ("file_name", "evaluator", "audio_quality", "emotion_recognized"),
    "users": ("username", "gender"),
}


@dataclass(frozen=True)
class _Release:
    """Tables of the release.

    Attributes:
        root: folder that holds audio/ and metadata/.
        samples: `id`, `speaker`, `path`, and the attributes of the actor.
        votes: `utterance`, `rater`, `label`.
        users: attributes of actors and raters, indexed by name.
        notes: facts to show to people.
    """

    root: Path
    samples: pd.DataFrame
    votes: pd.DataFrame
    users: pd.DataFrame
    notes: list[str]


def read_emozionalmente(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read Emozionalmente with classes of emotion.

    The class is the emotion that most of a clip's raters recognised; five votes often tie. Splits
    are those of the release. Whatever users.csv says of an actor is an attribute.

    Args:
        folder: folder of the release, or one that holds it.
        classes: classes to study; by default all seven.
        skip_broken: leave out clips that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, or the tables break a rule (see
            `make_category_corpus`).
    """
    release = _read(folder)
    parts = [
        _table(release.root, f"split/{part}", ("file_name",))["file_name"]
        .to_frame()
        .assign(split=name)
        for part, name in SPLITS.items()
    ]
    split = _one_split(pd.concat(parts), release.root)
    return make_category_corpus(
        "emozionalmente",
        release.samples.assign(split=release.samples["id"].map(split)),
        classes=tuple(CLASSES.values()),
        chosen=classes,
        votes=release.votes,
        notes=["the class is what most raters recognised, not what was acted", *release.notes],
        source=str(release.root),
        skip_broken=skip_broken,
    )


def read_rated_emozionalmente(folder: Path | None, *, skip_broken: bool = False) -> RatedCorpus:
    """Read Emozionalmente with ratings by person.

    Actors and raters whose gender is not given as female or male are left out, and noted. The
    release has no sessions: five groups of actors, alike in gender, stand for them.

    Args:
        folder: folder of the release, or one that holds it.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, or the tables break a rule (see
            `make_rated_corpus`).
    """
    release = _read(folder)
    gender = checks.as_text(release.users["gender"]).str.lower().map(checks.SPELLINGS["gender"])
    binary = release.users[gender.notna()]
    of_actor = release.samples["speaker"].isin(binary.index)
    of_rater = release.votes["rater"].isin(binary.index)
    samples = release.samples[of_actor]
    votes = release.votes[of_rater & release.votes["utterance"].isin(samples["id"])]
    samples = samples[samples["id"].isin(votes["utterance"])]
    notes = [*release.notes, "sessions are five groups of actors, alike in gender"]
    lost = ((len(release.samples) - len(samples), "clips"), ((~of_rater).sum(), "votes"))
    notes += [
        f"{count:,} {unit} left out: of a person whose gender is neither given as female nor male"
        for count, unit in lost
        if count
    ]
    actors = binary.loc[sorted(set(samples["speaker"]))]
    session = partition(actors, ["gender"], SESSIONS)
    raters = binary.loc[sorted(set(votes["rater"])), ["gender"]]
    return make_rated_corpus(
        "emozionalmente",
        Tables(
            samples.assign(session=samples["speaker"].map(session)),
            votes,
            raters.rename_axis("rater").reset_index().rename_axis("users.csv rater"),
        ),
        emotions=tuple(CLASSES.values()),
        labels=tuple(CLASSES.values()),
        notes=notes,
        source=str(release.root),
        skip_broken=skip_broken,
    )


def _read(folder: Path | None) -> _Release:
    """Read all tables but the splits."""
    given = existing_path(folder, FOLDER)
    found = [given, *sorted(path for path in given.iterdir() if path.is_dir())]
    root = next((each for each in found if (each / "metadata" / "samples.csv").is_file()), None)
    if root is None:
        raise missing(FOLDER, f"{given} has no metadata/samples.csv")
    samples, evaluations, users = (_table(root, name, columns) for name, columns in COLUMNS.items())
    users = users.drop_duplicates(["username", "gender"])
    problems = name_problems(users["username"])
    if len(problems):
        raise CorpusError(report(str(root / "metadata" / "users.csv"), [problems.tolist()]))
    users = users.set_index("username")
    _check_known(samples["actor"], users, root)
    _check_known(evaluations["evaluator"], users, root)
    labels = checks.as_text(evaluations["emotion_recognized"]).str.lower()
    votes = pd.DataFrame(
        {
            "utterance": evaluations["file_name"],
            "rater": evaluations["evaluator"],
            "label": labels.map(CLASSES).fillna(labels),
        }
    ).rename_axis("evaluations.csv line")
    bad = int((checks.as_text(evaluations["audio_quality"]).str.lower() == "bad").sum())
    notes = [f"{bad:,} of {len(votes):,} votes call the audio bad; they count"] if bad else []
    table = pd.DataFrame(
        {
            "id": samples["file_name"],
            "speaker": samples["actor"],
            "path": [str(root / "audio" / name) for name in samples["file_name"]],
        }
    ).rename_axis("samples.csv line")
    return _Release(root, table.join(users, on="speaker"), votes, users, notes)


def _one_split(listed: pd.DataFrame, root: Path) -> pd.Series:
    """Return the split of each file; raise a CorpusError that names the first file of two."""
    each = listed.drop_duplicates().set_index("file_name")["split"]
    twice = each[each.index.duplicated(keep=False)]
    if len(twice):
        got = " and ".join(twice.loc[[twice.index[0]]])
        raise CorpusError(
            f"{root / 'metadata/split'}: {twice.index[0]} must be in one split, is in {got}"
        )
    return each


def _check_known(names: pd.Series, users: pd.DataFrame, root: Path) -> None:
    """Raise a CorpusError that names the first person who is not in users.csv."""
    strangers = names[~names.isin(users.index)]
    if len(strangers):
        table = root / "metadata" / "users.csv"
        raise CorpusError(f"{table} lacks {names.name} {strangers.iloc[0]!r}")


def _table(root: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table of the folder metadata."""
    return read_columns(existing_path(root / "metadata" / f"{name}.csv", FOLDER), columns)


READER = Reader(
    read=read_emozionalmente,
    title="Emozionalmente, acted emotions in Italian, classes by the votes of raters",
    licence="CC BY 4.0",
    folder=FOLDER,
)
RATED_READER = Reader(
    read=read_rated_emozionalmente,
    title="Emozionalmente, acted emotions in Italian, rated by women and men",
    licence="CC BY 4.0",
    folder=FOLDER,
)
