from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.crema_d import CLASSES, read_crema_d
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise
from tests.support.malformed import EDITS, FIXED, read_damaged

CODES = {"A": "ANG", "D": "DIS", "F": "FEA", "H": "HAP", "N": "NEU", "S": "SAD"}
HEADER = (
    '"","localid","pos","ans","ttr","queryType","numTries","clipNum","questNum","subType",'
    '"clipName","sessionNums","respEmo","respLevel","dispEmo","dispVal","dispLevel"'
)
RACES = ("African American", "Caucasian", "Caucasian", "Asian", "Unknown")


def response(number: int, kind: int, clip: str, letter: str) -> str:
    """A row of finishedResponses.csv; a level that is no number occurs in the release."""
    level = '"X"' if number % 7 == 0 else "80"
    acted = clip.split("_")[2]
    return (
        f'"{number}",17,1,"{letter}_80",4156,{kind},0,9,1,4,"{clip}",3,"{letter}",{level},'
        f'"{acted[0]}",55,"{clip.split("_")[3]}"'
    )


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Ten actors with a clip of each emotion, rated by three who heard and three who saw."""
    (tmp_path / "AudioWAV").mkdir()
    actors, responses, number = ['"ActorID","Age","Sex","Race","Ethnicity"'], [HEADER], 0
    for actor in (*range(1001, 1010), 1076):
        sex = "Female" if actor % 2 else "Male"
        actors.append(f"{actor},{20 + actor % 50},{sex},{RACES[actor % 5]},Not Hispanic")
        for letter, code in CODES.items():
            clip = f"{actor}_DFA_{code}_XX" if letter != "S" else f"{actor}_MTI_SAD_XX"
            noise(tmp_path / "AudioWAV" / f"{clip}.wav", rate=16000)
            for kind in (1, 1, 1, 2, 3):
                number += 1
                # All that see a clip name disgust.
                responses.append(response(number, kind, clip, letter if kind == 1 else "D"))
    responses.append(response(137526, 1, "1001_DFA_ANG_XX", "H"))
    responses.append(response(312184, 1, "1001_DFA_ANG_XX", "H"))
    for extra in range(number + 1, number + 5):  # heard as neutral, four to three
        responses.append(response(extra, 1, "1002_DFA_ANG_XX", "N"))
    for extra in range(number + 5, number + 8):  # a tie
        responses.append(response(extra, 1, "1003_DFA_FEA_XX", "N"))
    responses.append(response(number + 8, 1, "1004_DFA_ANG_XX", ""))
    responses.append(response(number + 9, 1, "1091_DFA_ANG_XX", "A"))  # its audio is absent
    (tmp_path / "VideoDemographics.csv").write_text("\n".join(actors) + "\n")
    (tmp_path / "finishedResponses.csv").write_text("\n".join(responses) + "\n")
    (tmp_path / "AudioWAV" / "notes.txt").write_text("no clip")
    return tmp_path


@pytest.fixture
def corpus(release: Path) -> CategoryCorpus:
    return read_crema_d(release)


def test_the_class_is_what_most_raters_of_the_voice_named(corpus: CategoryCorpus) -> None:
    emotions = corpus.utterances.set_index("id")["emotion"]
    assert emotions["1001_DFA_ANG_XX"] == "anger"
    assert emotions["1002_DFA_ANG_XX"] == "neutral"  # not what was acted
    assert pd.isna(emotions["1003_DFA_FEA_XX"])
    assert emotions["1005_DFA_HAP_XX"] == "happiness"  # not what those named who saw it
    assert corpus.classes == tuple(CLASSES.values())


def test_votes_by_voice_alone_count_without_the_invalid_ones(corpus: CategoryCorpus) -> None:
    votes = corpus.votes.set_index(["utterance", "label"])["votes"]
    assert votes["1001_DFA_ANG_XX"].to_dict() == {"anger": 3.0}
    assert votes["1002_DFA_ANG_XX"].to_dict() == {"anger": 3.0, "neutral": 4.0}
    assert "2 of 191 votes by voice left out: declared invalid" in corpus.notes
    assert "1 of 191 votes by voice left out: without an emotion" in corpus.notes


def test_the_silent_clip_is_left_out(corpus: CategoryCorpus) -> None:
    assert "1076_MTI_SAD_XX" not in set(corpus.utterances["id"])
    assert "1076_DFA_ANG_XX" in set(corpus.utterances["id"])
    assert "1 of 60 clips left out: it is silent" in corpus.notes


def test_demographics_are_attributes_of_the_actor(corpus: CategoryCorpus) -> None:
    assert corpus.attributes == ("age", "gender", "race", "ethnicity")
    actor = corpus.utterances[corpus.utterances["speaker"] == "1001"].iloc[0]
    assert actor[["age", "gender", "race", "ethnicity"]].tolist() == [
        21,
        "female",
        "Caucasian",
        "Not Hispanic",
    ]
    unknown = corpus.utterances["race"].isna()
    assert set(corpus.utterances["speaker"][unknown]) == {"1004", "1009"}


def test_actors_are_spread_over_splits_alike_in_gender(corpus: CategoryCorpus) -> None:
    speakers = corpus.utterances.groupby(["split", "gender"])["speaker"].nunique()
    assert speakers.to_dict() == {
        ("test", "female"): 1,
        ("test", "male"): 1,
        ("train", "female"): 3,
        ("train", "male"): 3,
        ("validation", "female"): 1,
        ("validation", "male"): 1,
    }


def test_what_is_missing_is_named(release: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(CorpusError, match=r"AudioWAV/1001_DFA_ANG_XX\.wav.*no such file"):
        read_crema_d(tmp_path_factory.mktemp("empty"))
    demographics = release / "VideoDemographics.csv"
    text = demographics.read_text()
    demographics.write_text(text.replace("1005,", "1055,"))
    with pytest.raises(CorpusError, match=r"VideoDemographics\.csv lacks actor 1005"):
        read_crema_d(release)
    demographics.write_text(text.replace('"Race"', '"Colour"'))
    with pytest.raises(CorpusError, match=r"lacks \['Race'\]"):
        read_crema_d(release)
    demographics.write_text(text)
    (release / "finishedResponses.csv").unlink()
    with pytest.raises(CorpusError, match=r"finishedResponses\.csv does not exist"):
        read_crema_d(release)


@pytest.mark.parametrize("actor", ["1001", ""])
def test_an_actor_is_named_once(release: Path, actor: str) -> None:
    path = release / "VideoDemographics.csv"
    path.write_text(path.read_text() + f"{actor},30,Female,Asian,Hispanic\n")
    with pytest.raises(CorpusError, match=r"VideoDemographics\.csv cannot be used:\n  line 12: "):
        read_crema_d(release)


@FIXED
@given(edits=EDITS, file=st.sampled_from(["VideoDemographics.csv", "finishedResponses.csv"]))
def test_damaged_tables(release: Path, edits: list[tuple[str, int, int, str]], file: str) -> None:
    corpus = read_damaged(read_crema_d, release, file, edits)
    if corpus is not None:
        assert set(corpus.utterances["emotion"].dropna()) <= set(CLASSES.values())
        assert set(corpus.utterances["id"].str.partition("_")[0]) <= set(
            corpus.utterances["speaker"]
        )
        assert (corpus.votes["votes"] > 0).all()
