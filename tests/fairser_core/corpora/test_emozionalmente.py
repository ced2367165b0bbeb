from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairser_core.corpora.emozionalmente import (
    CLASSES,
    read_emozionalmente,
    read_rated_emozionalmente,
)
from fairser_core.corpora.perception import perceive
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise
from tests.support.malformed import EDITS, FIXED, read_damaged

ACTORS = [f"actor{number:02}" for number in range(12)]
RATERS = [f"rater{number}" for number in range(6)]


def gender(person: str) -> str:
    if person in ("actor11", "rater5"):
        return "other"
    return "f" if int(person[-1]) % 2 else "m"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The release below another folder: twelve actors, one clip of each emotion, five votes."""
    root = tmp_path / "emozionalmente"
    samples = ["file_name,sentence,sentence_language,actor,emotion_expressed"]
    votes = ["file_name,evaluator,audio_quality,emotion_recognized"]
    splits: dict[str, list[str]] = {
        "train": [samples[0]],
        "dev": [samples[0]],
        "test": [samples[0]],
    }
    for number, actor in enumerate(ACTORS):
        for emotion in CLASSES:
            file = f"{actor}_{emotion}.wav"
            noise(root / "audio" / file, rate=16000)
            row = f'{file},"Ciao, come va?",Italian,{actor},{emotion}'
            samples.append(row)
            splits["train" if number < 6 else "dev" if number < 9 else "test"].append(row)
            misheard = emotion == "surprise" and actor == "actor03"
            heard = ["fear", "fear", emotion] if misheard else [emotion] * 3
            for rater, label in zip(RATERS, heard, strict=False):
                votes.append(f"{file},{rater},good,{label}")
            for rater, label in zip(RATERS[3:5], ("sadness", "joy"), strict=True):
                votes.append(f"{file},{rater},{'bad' if number == 0 else 'good'},{label}")
    file = "actor00_anger.wav"  # rated by someone whose gender is neither
    votes.append(f"{file},rater5,good,anger")
    users = ["username,gender,age,mother_tongue"]
    users += [f"{person},{gender(person)},{20 + len(person)},Italian" for person in ACTORS + RATERS]
    tables = {"samples": samples, "evaluations": votes, "users": users}
    tables |= {f"split/{name}": rows for name, rows in splits.items()}
    (root / "metadata" / "split").mkdir(parents=True)
    for name, rows in tables.items():
        (root / "metadata" / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return root


def test_classes_are_of_the_votes_in_the_names_of_other_corpora(root: Path) -> None:
    corpus = read_emozionalmente(root)
    assert corpus.classes == tuple(CLASSES.values())
    emotions = corpus.utterances.set_index("id")["emotion"]
    assert emotions["actor03_joy.wav"] == "happiness"
    assert emotions["actor03_neutrality.wav"] == "neutral"
    assert emotions["actor03_surprise.wav"] == "fear"  # two of five, one for each of the others
    votes = corpus.votes.set_index(["utterance", "label"])["votes"]
    assert votes["actor03_anger.wav"].to_dict() == {"anger": 3, "sadness": 1, "happiness": 1}


def test_splits_are_those_of_the_release_and_attributes_those_of_the_users(root: Path) -> None:
    corpus = read_emozionalmente(root.parent)  # the root may be nested
    splits = corpus.utterances.groupby("speaker")["split"].unique().str[0]
    assert splits["actor00"] == "train"
    assert splits["actor07"] == "validation"
    assert splits["actor11"] == "test"
    assert corpus.attributes == ("gender", "age", "mother_tongue")
    genders = corpus.utterances.groupby("speaker")["gender"].first()
    assert (genders["actor01"], genders["actor02"], genders["actor11"]) == (
        "female",
        "male",
        "other",
    )
    assert "14 of 421 votes call the audio bad; they count" in corpus.notes


def test_ratings_by_person_serve_the_task_of_perception(root: Path) -> None:
    corpus = read_rated_emozionalmente(root)
    genders = corpus.raters.set_index("rater")["gender"].to_dict()
    assert genders == {f"rater{n}": "female" if n % 2 else "male" for n in range(5)}
    assert corpus.utterances["session"].nunique() == 5
    assert "actor11" not in set(corpus.utterances["speaker"])
    assert any(note.startswith("7 clips left out") for note in corpus.notes)
    assert any(note.startswith("1 votes left out") for note in corpus.notes)
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    # rater1 and rater3, the women, tie: one names anger, the other sadness.
    assert perceived.loc["actor00_anger.wav", "aligned"] == "male"


def test_sessions_are_alike_in_gender(root: Path) -> None:
    corpus = read_rated_emozionalmente(root)
    speakers = corpus.utterances.drop_duplicates("speaker")
    counts = speakers.groupby(["session", "gender"]).size().unstack()
    assert counts.min().min() >= 1
    assert counts.max().max() - counts.min().min() <= 1


def test_strangers_and_missing_tables_are_named(root: Path) -> None:
    users = root / "metadata" / "users.csv"
    text = users.read_text()
    users.write_text(text.replace("actor04,", "actor94,"))
    with pytest.raises(CorpusError, match=r"users\.csv lacks actor 'actor04'"):
        read_emozionalmente(root)
    users.write_text(text)
    (root / "metadata" / "split" / "dev.csv").unlink()
    with pytest.raises(CorpusError, match=r"split/dev\.csv does not exist"):
        read_emozionalmente(root)
    (root / "metadata" / "samples.csv").unlink()
    with pytest.raises(CorpusError, match=r"has no metadata/samples\.csv"):
        read_emozionalmente(root)


def test_a_clip_of_two_splits_is_refused(root: Path) -> None:
    folder = root / "metadata" / "split"
    clip = (folder / "train.csv").read_text().splitlines()[1]
    with (folder / "test.csv").open("a") as file:
        file.write(clip + "\n")
    with pytest.raises(CorpusError, match=r"actor00_\w+\.wav must be in one split.*train and test"):
        read_emozionalmente(root.parent)


def test_a_person_of_two_genders_is_refused(root: Path) -> None:
    path = root / "metadata" / "users.csv"
    path.write_text(path.read_text() + "actor00,m,30,Italian\n")  # once more the same
    read_emozionalmente(root)
    path.write_text(path.read_text() + "actor00,f,30,Italian\n")
    with pytest.raises(CorpusError, match=r"users\.csv cannot be used:\n  line 21: user"):
        read_emozionalmente(root)


TABLES = ["samples", "evaluations", "users", "split/train", "split/dev", "split/test"]


@FIXED
@given(edits=EDITS, table=st.sampled_from(TABLES), rated=st.booleans())
def test_damaged_tables(
    root: Path, edits: list[tuple[str, int, int, str]], table: str, rated: bool
) -> None:
    reader = read_rated_emozionalmente if rated else read_emozionalmente
    corpus = read_damaged(reader, root, f"metadata/{table}.csv", edits)
    if corpus is not None:
        speakers = corpus.utterances["id"].str.partition("_")[0]
        assert (speakers == corpus.utterances["speaker"]).mean() > 0.9  # all but an edited row
        votes = corpus.ratings if rated else corpus.votes
        assert set(votes["utterance"]) <= set(corpus.utterances["id"])
