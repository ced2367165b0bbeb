import shutil
from pathlib import Path

import pytest

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.corpora.iemocap import read_iemocap, read_release
from fairser_core.corpora.perception import perceive
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS, RatedCorpus
from tests.support.iemocap_release import dialog, write

FIRST = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]	Ses01F_impro01_F000	neu	[2.5000, 3.5000, 1.5000]
C-E2:	Neutral;	()
C-E3:	Neutral;	(bored; Anger; he said, [sigh])
C-E4:	Neutral; Sadness;	()
C-F1:	Neutral; Anger;	(curious)
A-E3:	val 3; act 2; dom  2;	()
A-E4:	val 2; act 3; dom  ;	(mildly aggravated; but staying polite, attitude)
A-F1:	val 3; act 2; dom  1;	()

[10.0100 - 11.3925]	Ses01F_impro01_M001	exc	[4.0000, 4.5000, 4.0000]
C-E1:	Excited;	()
C-E4:	Happiness; Excited;	()
C-E2:	Surprise;	()
C-M1:	Anger;	()

[14.8872 - 18.0175]	Ses01F_impro01_F002	xxx	[2.0000, 2.0000, 2.0000]
C-E2:	Anger;	()
C-E3:	Frustration;	()
C-E1:	Other;	(caf\xe9)
C-F1:	Frustration;	()
"""


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Three sessions of the release, with all that lies beside the label files."""
    release = tmp_path / "IEMOCAP_full_release"
    write(release, 1, "Ses01F_impro01", FIRST)
    write(release, 2, "Ses02M_script01_1", dialog(2, "M_script01_1", "F000 ang Anger Anger Other"))
    write(release, 2, "Ses02F_script02_2b", dialog(2, "F_script02_2b", "M013 sad Sadness Sadness"))
    write(release, 3, "Ses03M_impro05a", dialog(3, "M_impro05a", "M003 fea Fear Fear Anger"))
    labels = release / "Session1" / "dialog" / "EmoEvaluation"
    (labels / "._Ses01F_impro01.txt").write_bytes(b"\x00\x05\x16")
    (labels / "Ses01F_impro01.anvil").write_text("<annotation/>")
    (labels / "Categorical").mkdir()
    (labels / "Categorical" / "Ses01F_impro01_e2_cat.txt").write_text("[nothing\nC-E9:\tJoy;\t()\n")
    return release


@pytest.fixture
def raters(tmp_path: Path) -> Path:
    path = tmp_path / "raters.csv"
    path.write_text("rater,gender\nE1,female\nE2,F\nE3,male\nE4,m\n")
    return path


@pytest.fixture
def corpus(release: Path, raters: Path) -> RatedCorpus:
    return read_iemocap(release, raters=raters)


def given(corpus: RatedCorpus, turn: str) -> list[tuple[str, str]]:
    ratings = corpus.ratings[corpus.ratings["utterance"] == turn]
    return list(ratings[["rater", "label"]].itertuples(index=False, name=None))


def test_turns_of_all_label_files_and_of_nothing_else_are_read(corpus: RatedCorpus) -> None:
    assert corpus.utterances["id"].tolist() == [
        "Ses01F_impro01_F000",
        "Ses01F_impro01_M001",
        "Ses01F_impro01_F002",
        "Ses02F_script02_2b_M013",
        "Ses02M_script01_1_F000",
        "Ses03M_impro05a_M003",
    ]
    assert RATED_READERS["iemocap"].read is read_iemocap
    assert corpus.name == "iemocap"


def test_the_speaker_is_named_by_the_turns_last_part_not_by_the_dialog(corpus: RatedCorpus) -> None:
    speakers = corpus.utterances.set_index("id")["speaker"]
    assert speakers["Ses01F_impro01_M001"] == "1M"
    assert speakers["Ses01F_impro01_F000"] == speakers["Ses01F_impro01_F002"] == "1F"
    assert speakers["Ses02M_script01_1_F000"] == "2F"
    genders = dict(zip(corpus.utterances["speaker"], corpus.utterances["gender"], strict=True))
    assert genders == {"1F": "female", "1M": "male", "2M": "male", "2F": "female", "3M": "male"}
    assert corpus.utterances["session"].tolist() == ["1", "1", "1", "2", "2", "3"]


def test_audio_lies_in_the_folder_of_its_dialog(corpus: RatedCorpus, release: Path) -> None:
    assert corpus.utterances["path"][1] == str(
        release / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M001.wav"
    )


def test_means_are_valence_activation_dominance_in_this_order(corpus: RatedCorpus) -> None:
    row = corpus.utterances.iloc[0]
    assert (row["valence"], row["activation"], row["dominance"]) == (2.5, 3.5, 1.5)


def test_only_external_raters_count_and_comments_are_not_labels(corpus: RatedCorpus) -> None:
    assert set(corpus.ratings["rater"]) == {"E1", "E2", "E3", "E4"}
    assert given(corpus, "Ses01F_impro01_F000")[:2] == [("E2", "neutral"), ("E3", "neutral")]
    assert given(corpus, "Ses01F_impro01_F002") == [
        ("E2", "anger"),
        ("E3", "frustration"),
        ("E1", "other"),
    ]


def test_a_rater_may_name_several_labels(corpus: RatedCorpus) -> None:
    assert given(corpus, "Ses01F_impro01_F000")[2:] == [("E4", "neutral"), ("E4", "sadness")]


def test_excited_is_happiness_and_who_names_both_names_it_once(corpus: RatedCorpus) -> None:
    assert given(corpus, "Ses01F_impro01_M001") == [
        ("E1", "happiness"),
        ("E4", "happiness"),
        ("E2", "surprise"),
    ]
    assert corpus.utterances["emotion"][1] == "happiness"


def test_the_label_of_the_release_is_kept_and_missing_where_it_has_none(
    corpus: RatedCorpus,
) -> None:
    emotions = corpus.utterances["emotion"].astype(object)
    assert emotions.where(emotions.notna(), None).tolist() == [
        "neutral",
        "happiness",
        None,
        "sadness",
        "anger",
        "fear",
    ]
    assert corpus.emotions == PAPER_EMOTIONS


def test_perception_masks_turns_without_a_rater_of_a_gender(corpus: RatedCorpus) -> None:
    table = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    row = table.loc["Ses02F_script02_2b_M013"]  # rated by E1 and E2, two women
    assert row["raters_male"] == 0
    assert row[["truth", "consensus_female", "aligned"]].tolist() == [
        "sadness",
        "sadness",
        "female",
    ]
    assert table.loc["Ses03M_impro05a_M003", "truth"] == "fear"
    assert table["subset"].isna().tolist() == [False, False, True, False, False, True]


def test_without_the_raters_genders_it_is_refused_and_says_why(release: Path) -> None:
    with pytest.raises(CorpusError, match="does not say which of its raters are women") as error:
        read_iemocap(release)
    assert "rater,gender and a row for each of E1 (5 turns), E2 (6 turns)" in str(error.value)
    assert "--raters raters.csv" in str(error.value)


def test_a_rater_who_is_not_in_the_table_is_a_problem(release: Path, raters: Path) -> None:
    raters.write_text(raters.read_text().replace("E3,male\n", ""))
    with pytest.raises(
        CorpusError, match=r"line 5 of Ses01F_impro01\.txt: rater must be among .*, got 'E3'"
    ):
        read_iemocap(release, raters=raters)
    corpus = read_iemocap(release, raters=raters, skip_broken=True)
    assert "E3" not in set(corpus.ratings["rater"])
    raters.write_text(raters.read_text() + "E3,unknown\n")
    with pytest.raises(CorpusError, match=r"raters\.csv line 5: gender must be one of female"):
        read_iemocap(release, raters=raters)


def test_missing_audio_is_named_by_the_line_of_its_turn(release: Path, raters: Path) -> None:
    shutil.rmtree(release / "Session2" / "sentences" / "wav" / "Ses02M_script01_1")
    with pytest.raises(
        CorpusError, match=r"line 3 of Ses02M_script01_1\.txt: .*_F000\.wav: cannot be read"
    ):
        read_iemocap(release, raters=raters)
    assert len(read_iemocap(release, raters=raters, skip_broken=True).utterances) == 5


def test_an_unknown_label_is_named_by_its_line(release: Path, raters: Path) -> None:
    write(release, 1, "Ses01F_impro01", FIRST.replace("C-E2:\tAnger", "C-E2:\tWrath"))
    with pytest.raises(CorpusError, match=r"line 19 of Ses01F_impro01\.txt: label must be one of"):
        read_iemocap(release, raters=raters)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\tneu\t", "\tmad\t"),
        ("[2.5000, 3.5000, 1.5000]", "[2.5000, 3.5000]"),
        ("[2.5000, 3.5000, 1.5000]", "[2.5000, 3.5.00, 1.5000]"),
        ("Ses01F_impro01_F000\t", "Ses01F_impro01_X000\t"),
        ("Ses01F_impro01_F000\tneu\t", "Ses01F_impro01_F000 neu "),
        ("Ses01F_impro01_F000\t", "Ses06F_impro01_F000\t"),
    ],
)
def test_a_turn_that_cannot_be_read_is_named_or_left_out(
    release: Path, raters: Path, before: str, after: str
) -> None:
    write(release, 1, "Ses01F_impro01", FIRST.replace(before, after))
    rule = r"line 3 of Ses01F_impro01\.txt: must be '\[start - end\] turn emotion \[V, A, D\]'"
    with pytest.raises(CorpusError, match=rule) as error:
        read_iemocap(release, raters=raters)
    assert "line 4 of Ses01F_impro01.txt: must be 'C-E1: labels; (comment)'" in str(error.value)
    corpus = read_iemocap(release, raters=raters, skip_broken=True)
    assert "Ses01F_impro01_F000" not in set(corpus.utterances["id"])
    assert "lines left out that cannot be read: 4" in corpus.notes


def test_a_rating_that_cannot_be_read_is_named_or_left_out(release: Path, raters: Path) -> None:
    write(release, 1, "Ses01F_impro01", FIRST.replace("C-E3:\tNeutral", "C-E3 Neutral"))
    rule = r"line 5 of Ses01F_impro01\.txt: must be 'C-E1: labels; .* under its turn, got 'C-E3 N"
    with pytest.raises(CorpusError, match=rule):
        read_iemocap(release, raters=raters)
    corpus = read_iemocap(release, raters=raters, skip_broken=True)
    assert ("E3", "neutral") not in given(corpus, "Ses01F_impro01_F000")
    assert "lines left out that cannot be read: 1" in corpus.notes


def test_a_release_must_be_given_and_exist(tmp_path: Path, release: Path, raters: Path) -> None:
    with pytest.raises(CorpusError, match=r"the folder of the IEMOCAP release.*none was given"):
        read_iemocap(None, raters=raters)
    with pytest.raises(CorpusError, match="there is no such file in"):
        read_iemocap(tmp_path, raters=raters)
    with pytest.raises(CorpusError, match=r"columns rater,gender: .*nobody\.csv does not exist"):
        read_iemocap(release, raters=tmp_path / "nobody.csv")
    raters.write_text("name,gender\nE1,f\n")
    with pytest.raises(CorpusError, match="column 'rater' of the raters is missing"):
        read_iemocap(release, raters=raters)


@pytest.fixture
def five_sessions(tmp_path: Path) -> Path:
    """A release whose five sessions have turns of both speakers, of low and of high activation."""
    folder = tmp_path / "five"
    for session in range(1, 6):
        name, blocks = f"Ses0{session}F_impro01", []
        for number, (letter, active) in enumerate(("F1", "F5", "M1", "M5")):
            header = f"[1.0000 - 2.5000]\t{name}_{letter}00{number}\tneu"
            blocks.append(
                f"{header}\t[2.5000, {active}.0000, {6 - session}.0000]\nC-E1:\tOther;\t()"
            )
        write(folder, session, name, "\n\n".join(blocks) + "\n")
    return folder


def test_dimensions_are_split_by_sessions_and_need_no_raters(five_sessions: Path) -> None:
    corpus = READERS["iemocap"].read(five_sessions, skip_broken=False)
    table = corpus.utterances
    by_session = table.groupby("session")["split"].unique().map(list).to_dict()
    assert by_session == {
        "1": ["train"], "2": ["train"], "3": ["train"], "4": ["validation"], "5": ["test"],
    }  # fmt: skip
    assert (corpus.scale, corpus.threshold) == ((1.0, 5.0), 3.0)
    assert "split s5: trained on sessions 1, 2, 3, validated on 4, tested on 5" in corpus.notes
    assert table["valence"].unique().tolist() == [2.5]
    assert table.groupby("session")["dominance"].first().tolist() == [5, 4, 3, 2, 1]
    assert table["activation"].tolist() == [1, 5, 1, 5] * 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"Ses01F_impro09\.txt cannot be read as text: .*must be a regular file"),
        (b"", "Ses01F_impro09.txt cannot be read as text: is empty"),
        ("[1.0 - 2.5]\tSes01F_impro09_F000\tang".encode("utf-16"), "must have turns, has none"),
        (b"<html>404</html>\n", r"Ses01F_impro09\.txt: must have turns, has none that can be read"),
    ],
)
def test_a_dialog_of_which_nothing_can_be_read_is_named(
    release: Path, content: bytes | None, message: str
) -> None:
    path = release / "Session1" / "dialog" / "EmoEvaluation" / "Ses01F_impro09.txt"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_release(release, False)
