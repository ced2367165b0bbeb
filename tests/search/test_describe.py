"""The command that describes a corpus: what it prints, writes and refuses."""

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora import CATEGORY_READERS, RATED_READERS, READERS, demo, demo_emotions
from fairser_core.corpora.demo_emotions import read_demo_emotions
from fairser_core.corpora.demo_emotions_recipe import Recipe
from fairser_core.corpora.demo_recipe import Recipe as SpeechRecipe
from fairser_core.corpora.perception import agreement, perceive, sizes
from fairser_core.files.arrays import FloatArray
from search import describe
from tests.support import ROOT


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in, and small demo corpora."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    presets = {"biased": Recipe(utterances=300), "null": Recipe(utterances=300, cue=0.0)}
    votes = replace(demo_emotions.DEMO, presets=presets)
    monkeypatch.setattr(demo_emotions, "DEMO", votes)
    speech = SpeechRecipe(utterances=(16, 16, 16), speakers=(6, 6, 6), women=(0.5, 0.5, 0.5))
    monkeypatch.setattr(demo, "DEMO", replace(demo.DEMO, presets={"biased": speech}))


def described(capsys: pytest.CaptureFixture[str], *options: str, status: int = 0) -> str:
    """What the command prints, with single blanks."""
    assert describe.main(list(options)) == status
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return re.sub(r"[^\S\n]+", " ", said.err if status else said.out)


def cells(output: str, first: str) -> list[list[str]]:
    """The rows of tables that begin with this cell."""
    rows = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in output.splitlines()]
    return [row for row in rows if row[0] == first]


def manifest(folder: Path, rated: bool) -> Path:
    """One's own corpus of six utterances by three speakers, and perhaps its ratings."""
    folder.mkdir(exist_ok=True)
    rows = []
    for number, split in enumerate(("train", "validation", "test")):
        for gender in ("female", "male"):
            for activation in (2, 6):
                name = f"{split}-{gender}-{activation}"
                array = np.full((2, 3), len(rows), dtype=np.float32)
                np.save(folder / f"{name}.npy", array)
                file, speaker = f"{name}.npy", f"{split}{gender}"
                rows.append([name, file, speaker, gender, split, number, activation])
    columns = ["id", "features", "speaker", "gender", "split", "session", "activation"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(folder / "manifest.csv", index=False)
    if rated:
        votes = [(name, rater, "joy") for name in table["id"] for rater in ("a", "b")]
        pd.DataFrame(votes, columns=["utterance", "rater", "label"]).to_csv(
            folder / "ratings.csv", index=False
        )
        (folder / "raters.csv").write_text("rater,gender\na,f\nb,m\n")
    return folder


def iemocap(place: Path) -> Path:
    """A release of three turns, each rated by E1 and E2."""
    for session in (1, 2, 3):
        name = f"Ses0{session}F_impro01"
        labels = place / f"Session{session}" / "dialog" / "EmoEvaluation" / f"{name}.txt"
        audio = place / f"Session{session}" / "sentences" / "wav" / name / f"{name}_F000.wav"
        for path in (labels, audio):
            path.parent.mkdir(parents=True)
        header = f"[1.0000 - 2.0000]\t{name}_F000\tang\t[2.5000, 2.5000, 2.5000]"
        labels.write_text(f"% comment\n\n{header}\nC-E1:\tAnger;\t()\nC-E2:\tAnger;\t()\n")
        noise = np.random.default_rng(session).normal(0, 0.1, 800)
        soundfile.write(audio, noise, 16000)
    return place


def tone(path: Path, seed: int) -> None:
    """Write half a second of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(seed).normal(0, 0.1, 4000), 8000)


def ravdess(folder: Path) -> Path:
    """Two emotions of all actors."""
    for actor in range(1, 25):
        for number, emotion in enumerate(("04", "05")):
            clip = f"03-01-{emotion}-01-01-01-{actor:02}.wav"
            tone(folder / f"Actor_{actor:02}" / clip, 2 * actor + number)
    return folder


def msp_podcast(folder: Path) -> Path:
    """Two utterances of each gender in each split."""
    lines = ["FileName,SpkrID,Gender,Split_Set,EmoAct"]
    for split in ("Train", "Development", "Test1"):
        for gender in ("Female", "Male"):
            for activation in (2, 6):
                name = f"MSP-PODCAST_{len(lines):04}_0001.wav"
                lines.append(f"{name},{split}{gender},{gender},{split},{activation}")
                tone(folder / "Audios" / name, len(lines))
    (folder / "Labels").mkdir()
    (folder / "Labels" / "labels_consensus.csv").write_text("\n".join(lines))
    return folder


def test_sizes_and_agreement_of_the_demo_corpus_are_printed_and_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = described(capsys, "--corpus", "demo_emotions")
    corpus = read_demo_emotions()
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    numbers = sizes(perceived)
    kept = numbers["S1"] + numbers["S2"]
    assert "corpus demo_emotions: synthesised features and votes, preset biased" in output
    left_out = str(300 - kept)
    expected = [
        "all",
        "5",
        "5",
        "300",
        "150",
        "150",
        str(numbers["S1"]),
        str(numbers["S2"]),
        left_out,
    ]
    assert cells(output, "all") == [expected]
    assert [row[3] for session in "12345" for row in cells(output, session)] == ["60"] * 5
    truths = perceived["truth"][perceived["subset"].notna()].value_counts()
    speaker = corpus.utterances.set_index("id")["speaker"]
    table = agreement(perceived, corpus.emotions, speaker)
    for emotion in corpus.emotions:
        size, *both = cells(output, emotion)
        assert size[1] == str(truths[emotion])
        for data, row in zip(("all", "S2"), both, strict=True):
            own = table[(table["data"] == data) & (table["emotion"] == emotion)]
            assert [row[1], row[4]] == [f"{100 * share:.1f} %" for share in own["share"]]
            assert [row[3], row[6]] == [str(count) for count in own["utterances"]]
    assert f"{kept} of 300 utterances have a ground truth" in output
    assert f"S1 {numbers['S1']} ({100 * numbers['S1'] / kept:.1f} %)" in output
    assert f"only women's is in {numbers['aligned_female']}" in output
    folder = Path("results/describe-demo_emotions")
    written = pd.read_csv(folder / "perception.csv", dtype={"why_empty": str})
    written["why_empty"] = written["why_empty"].fillna("")
    pd.testing.assert_frame_equal(written, table, check_dtype=False)
    assert (folder / "perception.png").read_bytes().startswith(b"\x89PNG")
    assert f"files {folder.absolute()}: perception.csv, perception.png" in output


@pytest.mark.parametrize("corpus", ["manifest", "rated", "iemocap", "ravdess", "msp_podcast"])
def test_data_of_a_folder_that_a_corpus_does_not_take_are_counted_on_stderr(
    corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, options = tmp_path / "corpus", []
    if corpus == "iemocap":
        iemocap(folder)
        raters = tmp_path / "raters.csv"
        raters.write_text("rater,gender\nE1,f\nE2,m\n")
        options = ["--raters", str(raters)]
    elif corpus == "ravdess":
        ravdess(folder)
    elif corpus == "msp_podcast":
        msp_podcast(folder)
    else:
        manifest(folder, rated=corpus == "rated")
    (folder / "more").mkdir()
    for name in ("memo.m4a", "more/song.wav", "more/votes.tsv", "more/README.txt"):
        (folder / name).write_bytes(b"x")
    unread = []
    if corpus in ("manifest", "rated"):
        table = pd.read_csv(folder / "manifest.csv").assign(mood="calm", valence=3.0)
        table.to_csv(folder / "manifest.csv", index=False)
        unread = [f"note: {folder / 'manifest.csv'}: 1 column not read: 'mood'"]
    name = "manifest" if corpus == "rated" else corpus
    assert describe.main(["--corpus", name, "--corpus-dir", str(folder), *options]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == [
        f"note: {folder}: 1 .m4a not taken: no format that can be read; audio must be e.g. WAV, "
        "FLAC, Ogg or MP3: convert it",
        f"note: {folder}: 1 .tsv not taken: no table of this corpus",
        f"note: {folder}: 1 .wav not taken: no utterance names them",
        *unread,
    ]


def test_a_folder_whose_name_is_no_text_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = manifest(tmp_path / os.fsdecode(b"caf\xe9"), rated=False)
    output = described(capsys, "--corpus", "manifest", "--corpus-dir", str(folder), status=2)
    assert r"caf\udce9/" in output
    assert "names of a corpus' folders and files must be UTF-8: rename it" in output


def test_a_synthesised_corpus_has_no_columns_to_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert describe.main([]) == 0
    assert capsys.readouterr().err == "loading\n"


def test_letters_that_a_terminal_lacks_are_escaped(tmp_path: Path) -> None:
    folder = manifest(tmp_path / "日本", rated=False)
    (folder / "manifest.csv").write_text("path\n日.wav\n")
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "search/describe.py",
            "--corpus",
            "manifest",
            "--corpus-dir",
            folder,
        ],
        env={**os.environ, "PYTHONIOENCODING": "cp1252:strict"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert r"\u65e5\u672c/manifest.csv cannot be used" in done.stderr


def test_files_that_are_left_out_as_broken_are_counted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest(tmp_path, rated=False)
    table = pd.read_csv(tmp_path / "manifest.csv")
    (tmp_path / "broken.npy").write_bytes(b"x")
    row = {**table.iloc[0].to_dict(), "features": "broken.npy", "id": "broken"}
    pd.concat([table, pd.DataFrame([row])]).to_csv(tmp_path / "manifest.csv", index=False)
    arguments = ["--corpus", "manifest", "--corpus-dir", str(tmp_path), "--skip-broken"]
    assert describe.main(arguments) == 0
    output = capsys.readouterr()
    assert output.err == "loading\n"
    assert "1 whose features are missing or broken" in output.out


def test_how_features_would_be_normalised_is_described(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = described(capsys, "--corpus", "demo_emotions")
    assert (
        "features are normalised over each speaker's utterances (normalisation speaker): 10 "
        in output
    )
    folder = manifest(tmp_path / "corpus", rated=True)
    output = described(capsys, "--corpus", "manifest", "--corpus-dir", str(folder))
    assert (
        "features are normalised with mean and deviation of the training sessions (normalisation "
        "training): 6 speakers with 2 utterances each, median 2; of so few normalis" in output
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda array: array * [0, 1, 1], "1 of 3 features"),
        (lambda array: np.stack([array[0], -array[0]]), "a search will refuse the corpus: "),
    ],
)
def test_features_of_the_corpus_that_never_vary_are_described(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[FloatArray], FloatArray],
    said: str,
) -> None:
    folder = manifest(tmp_path / "corpus", rated=True)
    for number, file in enumerate(sorted(folder.glob("*.npy"))):
        varied = np.load(file) + np.array([0, number % 3, number % 2])
        np.save(file, change(varied).astype(np.float32))
    output = described(capsys, "--corpus", "manifest", "--corpus-dir", str(folder))
    assert said in output


def test_the_folder_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    described(capsys, "--corpus", "demo_emotions", "--preset", "null", "--out", "here/deep")
    assert sorted(path.name for path in Path("here/deep").iterdir()) == [
        "perception.csv",
        "perception.png",
    ]
    assert not Path("results").exists()


def test_iemocap_is_described_once_the_raters_genders_are_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--corpus", "iemocap", "--corpus-dir", str(iemocap(tmp_path / "release")))
    refused = described(capsys, *options, status=2)
    assert "error: IEMOCAP does not say which of its raters are women" in refused
    Path("raters.csv").write_text("rater,gender\nE1,female\nE2,male\n")
    output = described(capsys, *options, "--raters", "raters.csv")
    assert cells(output, "anger")[0] == ["anger", "3", "3", "0", "3", "0", "1"]
    assert cells(output, "women") == [["women", "1", "3", "3", "0", "0"]]
    assert "S1 3 (100.0 %)" in output
    assert "the label that the corpus itself gives, if any, is the same in 3 of 3" in output
    assert Path("results/describe-iemocap/perception.png").exists()


def test_a_manifest_is_described_by_its_ratings_if_it_has_any(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("--corpus", "manifest", "--corpus-dir", str(tmp_path / "own"))
    manifest(tmp_path / "own", rated=False)
    output = described(capsys, *options, "--scale", "1,7", "--threshold", "4")
    assert "activation high above 4" in output
    assert cells(output, "train") == [["train", "1", "1", "4", "1", "1", "1", "1"]]
    assert cells(output, "all") == [["all", "3", "3", "12", "3", "3", "3", "3"]]
    assert not Path("results").exists()
    manifest(tmp_path / "own", rated=True)
    output = described(capsys, *options)
    assert cells(output, "joy")[0] == ["joy", "12", "6", "6", "12", "0", "4"]
    assert cells(output, "joy")[1][:4] == ["joy", "100.0 %", "-", "12"]
    # Nothing is in S2, where agreement is undefined.
    assert cells(output, "joy")[2] == ["joy", "-", "-", "0", "-", "-", "0"]
    refused = described(capsys, *options, "--threshold", "4", status=2)
    assert "--threshold does not go with a corpus with ratings" in refused


def test_brackets_in_labels_are_no_markup(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = manifest(tmp_path / "own", rated=True) / "ratings.csv"
    path.write_text(path.read_text().replace("joy", "joy [red]"))
    output = described(capsys, "--corpus", "manifest", "--corpus-dir", str(path.parent))
    assert len(cells(output, "joy [red]")) == 3


def test_a_corpus_without_ratings_is_described_by_activation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = described(capsys)
    assert "corpus demo: synthesised speech, preset biased" in output
    assert cells(output, "all")[0][:4] == ["all", "9", "9", "48"]
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--corpus ravdess --corpus-dir nowhere", "nowhere does not exist"),
        ("--corpus manifest --corpus-dir nowhere", "nowhere does not exist"),
        ("--corpus iemocap --corpus-dir .", "there is no such file in"),
        ("--out here", "--out does not go with a corpus without ratings: demo"),
        ("--corpus demo_emotions --out gopher://x", "cannot use results folder 'gopher://x'"),
        ("--corpus demo_emotions --out /proc/nowhere", "/proc/nowhere"),
    ],
)
def test_a_mistake_gets_a_sentence(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    output = described(capsys, *options.split(), status=2)
    assert output.splitlines()[-1].startswith("error: ")
    assert message in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--corpus timit", "invalid choice: 'timit'"),
        ("--corpus iemocap", "--corpus iemocap needs --corpus-dir"),
        ("--raters x.csv", "--raters goes with --corpus iemocap"),
        (
            "--preset null --corpus iemocap --corpus-dir x",
            "--preset goes with --corpus demo or demo_emotions or demo_classes",
        ),
        ("--scale 1,7 --corpus demo_emotions", "--scale goes with --corpus manifest"),
        (
            "--threshold 3 --corpus demo_emotions",
            "--threshold goes with --corpus demo or ravdess or manifest or msp_podcast",
        ),
    ],
)
def test_a_bad_command_line_is_refused_before_anything_is_read(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        describe.main(options.split())
    assert message in " ".join(capsys.readouterr().err.split())


def test_every_corpus_can_be_described_and_help_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["search/describe.py", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(ROOT / "search" / "describe.py"), run_name="__main__")
    words = " ".join(capsys.readouterr().out.split())
    readers = (READERS, RATED_READERS, CATEGORY_READERS)
    for name, reader in (pair for each in readers for pair in each.items()):
        assert f"{name}: {reader.title}." in words
        assert reader.folder in words
        assert f"Licence: {reader.licence}." in words
    for option in ("corpus", "corpus-dir", "raters", "out", "threshold", "scale", "skip-broken"):
        assert f"--{option}" in words


def classes_manifest(folder: Path) -> Path:
    """A manifest of classes: six speakers a split; only women, and one accent, are ever sad."""
    rows = []
    for split in ("train", "validation", "test"):
        for number in range(6):
            gender, accent = ("female", "male")[number % 2], ("Scots", "Irish", "")[number % 3]
            for emotion in ("anger", "neutral", "sadness"):
                if emotion == "sadness" and number:
                    continue
                name = f"{split}-{number}-{emotion}"
                np.save(folder / f"{name}.npy", np.full((2, 3), len(rows), dtype=np.float32))
                rows.append([f"{name}.npy", f"{split}{number}", gender, accent, split, emotion])
    columns = ["features", "speaker", "gender", "accent", "split", "emotion"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "manifest.csv", index=False)
    return folder


def test_classes_are_counted_by_group_and_confounded_groups_are_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(classes_manifest(tmp_path))
    printed = described(capsys, "--corpus", "manifest", "--corpus-dir", folder)
    assert cells(printed, "anger") == [["anger", "18", "9", "9"]]
    assert cells(printed, "sadness") == [["sadness", "3", "3", "0"]]
    assert cells(printed, "validation") == [
        ["validation", "13", "7", "6"],
        ["validation", "3", "3"],
    ]
    words = " ".join(printed.split())
    assert "all utterances of class sadness are of group female" in words
    assert "other groups: gender, accent" in words


def test_groups_are_chosen_and_small_or_unknown_ones_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ("--corpus", "manifest", "--corpus-dir", str(classes_manifest(tmp_path)))
    words = described(capsys, *folder, "--group", "accent,gender", "--min-group", "1,2")
    words = " ".join(words.split())
    assert "12 of 39 left out: their accent,gender is unknown" in words
    assert "Scots/female" in words
    words = " ".join(described(capsys, *folder, "--group", "accent", "--unknown", "group").split())
    assert "left out: their" not in words
    assert "shown, but not in an objective" in words


def test_labels_of_a_corpus_are_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ("--corpus", "manifest", "--corpus-dir", str(classes_manifest(tmp_path)))
    described(capsys, *folder, "--labels", "category", "--classes", "anger,neutral")
    printed = described(capsys, *folder, "--labels", "category", "--threshold", "3", status=2)
    assert "--threshold does not go with a corpus with classes of emotion" in printed
    printed = described(capsys, "--labels", "category", status=2)
    assert "--labels category goes with corpora that have them; demo has activation" in printed
