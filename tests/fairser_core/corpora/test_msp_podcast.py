import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.msp_podcast import read_msp_podcast
from fairser_core.corpora.problems import CorpusError

HEADER = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"
SPLITS = {"Train": 0, "Development": 1, "Test1": 2, "Test2": 3, "Test3": 3}


def utterances() -> list[tuple[str, str, str, str, str]]:
    """File, activation, speaker, gender and split of a small release."""
    rows = [
        (split, 10 * part + 2 * (gender == "Male") + low, gender, 2.2 if low else 5.6)
        for split, part in SPLITS.items()
        if split != "Test3"  # has audio but no labels
        for gender in ("Female", "Male")
        for low in (0, 1)
    ]
    known = [
        (f"MSP-PODCAST_{number:04}_0001.wav", f"{activation:.1f}", f"{number}", gender, split)
        for split, number, gender, activation in rows
    ]
    unknown = [
        ("MSP-PODCAST_0100_0001.wav", "4.0", "Unknown", "Female", "Train"),
        ("MSP-PODCAST_0101_0001.wav", "4.0", "Unknown", "Unknown", "Test1"),
        ("MSP-PODCAST_0102_0001.wav", "4.0", "102", "Unknown", "Development"),
    ]
    return known + unknown


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A release's folder with audio only; one file is stereo at 44.1 kHz, as in the corpus."""
    rng = np.random.default_rng(0)
    (tmp_path / "Audios").mkdir()
    for number, (file, *_) in enumerate(utterances()):
        channels, rate = (2, 44100) if number == 0 else (1, 16000)
        noise = rng.uniform(-0.1, 0.1, (rate // 20, channels))
        soundfile.write(tmp_path / "Audios" / file, noise, rate)
    return tmp_path


def consensus(audio: Path, name: str = "Labels/labels_consensus.csv", old: bool = False) -> Path:
    lines = [HEADER]
    for file, activation, speaker, gender, split in utterances():
        split = {"Development": "Validation"}.get(split, split) if old else split
        lines.append(f"{file},N,{activation},4.0,4.0,{speaker},{gender},{split}")
    (audio / name).parent.mkdir(exist_ok=True)
    (audio / name).write_text("\n".join(lines) + "\n")
    return audio / name


def trio(audio: Path, partitions: str = "Partitions.txt") -> None:
    labels, splits, files, speakers = [], [], [], {}
    for file, activation, speaker, gender, split in utterances():
        labels += [
            f"{file}; N; A:{activation}; V:4.0; D:3.1;",
            "WORKER00000012; Neutral; Neutral,Concerned; A:1.000000; V:4.000000; D:5.000000;",
            "",
        ]
        splits.append(f"{split}; {file}")
        files.append(f"{file}; {speaker}")
        speakers[speaker] = gender
    splits.append("Test3; MSP-PODCAST_9999_0001.wav")
    genders = [f"Speaker_{name}; {gender}" for name, gender in speakers.items() if name.isdigit()]
    (audio / "Labels").mkdir()
    (audio / "Labels" / "labels.txt").write_text("\n".join(labels))
    (audio / partitions).write_text("\n".join(splits))
    (audio / "Speaker_ids.txt").write_text("\n".join(files + genders))


def check(corpus: Corpus) -> None:
    """The corpus holds what the release says, and the notes say what was left out."""
    expected = pd.DataFrame(
        [
            (file, speaker, gender.lower(), split, float(activation))
            for file, activation, speaker, gender, name in utterances()
            if "Unknown" not in (speaker, gender)
            for split in {"Train": ["train"], "Development": ["validation"], "Test1": ["test"]}.get(
                name, []
            )
        ],
        columns=["id", "speaker", "gender", "split", "activation"],
    )
    pd.testing.assert_frame_equal(
        corpus.utterances[list(expected)], expected, check_dtype=False, obj="utterances"
    )
    assert (corpus.name, corpus.scale, corpus.threshold) == ("msp_podcast", (1.0, 7.0), 3.5)
    assert corpus.notes == (
        "4 of 19 left out: in Test2 or Test3",
        "3 of 19 left out: speaker or gender unknown",
    )


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("Labels/labels_consensus.csv", False),
        ("labels/labels_concensus.csv", True),
        ("label/labels_concensus.csv", True),
        ("labels_consensus.csv", False),
    ],
)
def test_the_consensus_is_read_under_every_name_and_in_every_folder(
    audio: Path, name: str, old: bool
) -> None:
    consensus(audio, name, old)
    check(read_msp_podcast(audio))


@pytest.mark.parametrize("partitions", ["Partitions.txt", "Partition.txt"])
def test_old_releases_are_read_from_their_three_text_files(audio: Path, partitions: str) -> None:
    trio(audio, partitions)
    check(read_msp_podcast(audio))


def test_the_consensus_is_preferred_to_the_text_files(audio: Path) -> None:
    trio(audio)
    (audio / "Labels" / "labels.txt").write_text("nonsense")
    consensus(audio)
    check(read_msp_podcast(audio))


def test_a_speaker_in_two_splits_of_the_release_is_refused(audio: Path) -> None:
    path = consensus(audio)
    path.write_text(path.read_text().replace(",12,Male,Development", ",2,Male,Development"))
    for skip_broken in (False, True):
        with pytest.raises(CorpusError, match="speaker '2' must be in one split, is in train and"):
            read_msp_podcast(audio, skip_broken=skip_broken)


def test_a_speaker_in_test1_and_test2_is_no_problem(audio: Path) -> None:
    path = consensus(audio)
    path.write_text(path.read_text().replace(",30,Female,Test2", ",20,Female,Test2"))
    check(read_msp_podcast(audio))


def test_missing_audio_is_reported_by_its_line_or_skipped(audio: Path) -> None:
    path = consensus(audio)
    text = path.read_text().splitlines()
    path.write_text("\n".join([*text, text[2].replace("0001.wav", "0002.wav")]))
    with pytest.raises(CorpusError, match=r"line 21: .*MSP-PODCAST_0001_0002\.wav: cannot be read"):
        read_msp_podcast(audio)
    corpus = read_msp_podcast(audio, skip_broken=True)
    assert corpus.notes[-1] == "1 of 13 left out: 1 whose audio is missing or broken"


def test_wrong_lines_of_the_text_files_are_named(audio: Path) -> None:
    trio(audio)
    partitions = audio / "Partitions.txt"
    partitions.write_text(partitions.read_text() + "\nTrain MSP-PODCAST_0001_0001.wav\n")
    with pytest.raises(
        CorpusError, match=r"Partitions\.txt cannot be used:\n  line 21: must be two"
    ):
        read_msp_podcast(audio)


def test_a_label_without_activation_or_split_is_named_by_its_line(audio: Path) -> None:
    trio(audio)
    labels = audio / "Labels" / "labels.txt"
    labels.write_text(labels.read_text().replace("A:2.2;", "", 1))
    partitions = audio / "Partitions.txt"
    partitions.write_text(partitions.read_text().replace("Train; MSP-PODCAST_0000_0001.wav\n", ""))
    with pytest.raises(CorpusError, match=r"line 4: activation must be a number.*got ''") as error:
        read_msp_podcast(audio)
    assert "line 1: split must be one of" in str(error.value)


def test_what_is_missing_of_a_release_is_named(audio: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"MSP-Podcast release, with Audios/.*none was given"):
        read_msp_podcast(None)
    with pytest.raises(CorpusError, match="has no labels"):
        read_msp_podcast(audio)
    trio(audio)
    (audio / "Speaker_ids.txt").unlink()
    with pytest.raises(
        CorpusError, match=r"labels\.txt needs Partitions\.txt and Speaker_ids\.txt"
    ):
        read_msp_podcast(audio)
    path = consensus(audio)
    shutil.rmtree(audio / "Audios")
    with pytest.raises(CorpusError, match="has no Audios/"):
        read_msp_podcast(audio)
    (audio / "Audios").mkdir()
    path.write_text(path.read_text().replace("Split_Set", "Split"))
    with pytest.raises(CorpusError, match=r"must have columns FileName, .*lacks \['Split_Set'\]"):
        read_msp_podcast(audio)
