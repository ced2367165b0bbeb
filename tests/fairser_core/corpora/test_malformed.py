"""Malformed labels at each reader of a corpus: a right read, or an error with file and place."""

import io
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.iemocap import LABELS, read_iemocap
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.msp_podcast import read_msp_podcast
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.corpora.ravdess import read_ravdess
from fairser_core.corpora.tables import read_table
from fairser_core.files.tree import ARRAYS, AUDIO
from fairser_core.predictor.listing import ListingError, list_recordings
from tests.support.malformed import EDITS, FIXED, edited, read

SPLITS, GENDERS = ("train", "validation", "test"), ("female", "male")


def wav(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    soundfile.write(path, rng.normal(0, 0.1, 800), 8000)


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def groups() -> Iterator[tuple[int, str, str, int]]:
    """Number, split, gender and activation of a small corpus' utterances."""
    cells = [(s, g, a) for s in SPLITS for g in GENDERS for a in (2, 6)]
    for number, (split, gender, activation) in enumerate(cells):
        yield number, split, gender, activation


def check_activation(corpus: Corpus | None, written: bytes, names: dict[str, str]) -> None:
    """Check that a corpus has in each row what a plain reader finds in the file.

    `names` are the file's names of the columns of the corpus.
    """
    if corpus is None:
        return
    plain = pd.read_csv(io.BytesIO(written), dtype="str", keep_default_na=False)
    plain.columns = plain.columns.str.strip().str.lower()
    of = {column: name.lower() for column, name in names.items()}
    plain = plain.apply(lambda column: column.str.strip())
    plain = plain.set_index(of["id"] if of["id"] in plain else "path")
    rows = plain[~plain.index.duplicated()]
    for row in corpus.utterances.itertuples():
        cells = rows.loc[row.id]
        assert float(cells[of["activation"]].replace(",", ".")) == row.activation
        assert cells[of["gender"]].lower()[:1] == {"female": "f", "male": "m"}[row.gender]
        assert cells[of["speaker"]] == row.speaker
        assert cells[of["split"]].lower()[:3] in {row.split[:3], "dev"}


@FIXED
@given(edits=EDITS, skip=st.booleans())
def test_manifests(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, int, int, str]],
    skip: bool,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "manifests"
    lines = ["id,path,speaker,gender,split,activation"]
    for number, split, gender, activation in groups():
        lines.append(f"u{number},{number}.wav,{split}{gender},{gender},{split},{activation}")
        if not (folder / f"{number}.wav").exists():
            wav(folder, f"{number}.wav")
    content = edited("\n".join(lines), edits, ",")
    (folder / "manifest.csv").write_bytes(content)
    corpus = read(lambda: read_manifest(folder, scale=(1, 7), skip_broken=skip), folder)
    if edits == []:
        assert corpus is not None
    names = ("id", "speaker", "gender", "split", "activation")
    check_activation(corpus, content, dict(zip(names, names, strict=True)))


@FIXED
@given(edits=EDITS, file=st.sampled_from(["manifest", "ratings", "raters"]), skip=st.booleans())
def test_rated_manifests(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, int, int, str]],
    file: str,
    skip: bool,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "rated"
    texts = {
        "manifest": ["id,path,speaker,gender,session"],
        "ratings": ["utterance,rater,label"],
        "raters": ["rater,gender", "a,female", "b,male"],
    }
    for number, split, gender, _ in groups():
        texts["manifest"].append(f"u{number},{number}.wav,{split}{gender},{gender},{split}")
        texts["ratings"] += [f"u{number},{rater},joy" for rater in "ab"]
        if not (folder / f"{number}.wav").exists():
            wav(folder, f"{number}.wav")
    contents = {name: "\n".join(lines).encode() for name, lines in texts.items()}
    contents[file] = edited("\n".join(texts[file]), edits, ",")
    for name, content in contents.items():
        (folder / f"{name}.csv").write_bytes(content)
    corpus = read(lambda: read_rated_manifest(folder, skip_broken=skip), folder)
    assert corpus is None or isinstance(corpus, RatedCorpus)
    if corpus is not None:
        known = {line.split(",")[0].strip() for line in contents["manifest"].decode().split("\n")}
        assert set(corpus.ratings["utterance"]) <= set(corpus.utterances["id"])
        assert set(corpus.ratings["rater"]) <= set(corpus.raters["rater"])
        assert {name.strip() for name in corpus.utterances["id"]} <= {k.strip('"') for k in known}


MSP = {"id": "FileName", "speaker": "SpkrID", "gender": "Gender", "split": "Split_Set",
       "activation": "EmoAct"}  # fmt: skip


@FIXED
@given(edits=EDITS, skip=st.booleans())
def test_consensus_labels_of_msp_podcast(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, int, int, str]],
    skip: bool,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "msp"
    lines = ["FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"]
    for number, split, gender, activation in groups():
        spelled = {"train": "Train", "validation": "Development", "test": "Test1"}[split]
        name = f"MSP-PODCAST_{number:04}.wav"
        lines.append(f"{name},N,{activation},4,4,{split}{gender},{gender.title()},{spelled}")
        if not (folder / "Audios" / name).exists():
            wav(folder / "Audios", name)
    content = edited("\n".join(lines), edits, ",")
    (folder / "labels_consensus.csv").write_bytes(content)
    corpus = read(lambda: read_msp_podcast(folder, skip_broken=skip), folder)
    check_activation(corpus, content, MSP)


@FIXED
@given(
    edits=EDITS,
    file=st.sampled_from(["labels", "Partitions", "Speaker_ids"]),
    tail=st.binary(max_size=20),
)
def test_labels_of_old_releases_of_msp_podcast(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, int, int, str]],
    file: str,
    tail: bytes,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "old-msp"
    texts: dict[str, list[str]] = {"labels": [], "Partitions": [], "Speaker_ids": []}
    for number, split, gender, activation in groups():
        name, speaker = f"MSP-PODCAST_{number:04}.wav", number // 2
        texts["labels"] += [f"{name}; N; A:{activation}; V:4.0; D:3.1;", "WORKER1; N; N; A:1;", ""]
        texts["Partitions"].append(
            f"{ {'train': 'Train', 'validation': 'Validation', 'test': 'Test1'}[split] }; {name}"
        )
        texts["Speaker_ids"] += [f"{name}; {speaker}", f"Speaker_{speaker}; {gender.title()}"]
        if not (folder / "Audios" / name).exists():
            wav(folder / "Audios", name)
    for name, lines in texts.items():
        content = edited("\n".join(lines), edits if name == file else [], ";")
        (folder / f"{name}.txt").write_bytes(content + (tail if name == file else b""))
    corpus = read(lambda: read_msp_podcast(folder), folder)
    if corpus is not None:
        labels = (folder / "labels.txt").read_text(errors="replace")
        for row in corpus.utterances.itertuples():
            (line,) = [text for text in labels.split("\n") if text.strip().startswith(row.id)][:1]
            assert f"A:{row.activation:g}" in line.replace(" ", "") or str(row.activation) in line


@FIXED
@given(edits=EDITS, tail=st.binary(max_size=20))
def test_labels_of_iemocap(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, int, int, str]],
    tail: bytes,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "iemocap"
    for session in (1, 2, 3):
        dialog = f"Ses0{session}F_impro01"
        path = folder / f"Session{session}" / "dialog" / "EmoEvaluation" / f"{dialog}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
        for turn in ("F000", "M000"):
            lines += [f"[1.0 - 2.0]\t{dialog}_{turn}\tang\t[2.5000, 2.5000, 2.5000]",
                      "C-E1:\tAnger;\t()", "C-E2:\tNeutral; Anger;\t()", "A-E1:\tval 3;\t()",
                      ""]  # fmt: skip
            audio = folder / f"Session{session}" / "sentences" / "wav" / dialog
            if not (audio / f"{dialog}_{turn}.wav").exists():
                wav(audio, f"{dialog}_{turn}.wav")
        text = "\n".join(lines)
        content = text.encode() if session != 2 else edited(text, edits, "\t") + tail
        path.write_bytes(content)
    (folder / "raters.csv").write_text("rater,gender\nE1,female\nE2,male\n")
    corpus = read(lambda: read_iemocap(folder, raters=folder / "raters.csv"), folder)
    if corpus is not None:
        assert set(corpus.ratings["label"]) <= {*LABELS}
        assert set(corpus.utterances["gender"]) <= {"female", "male"}
        for row in corpus.utterances.itertuples():
            assert row.speaker == row.id[3:5].lstrip("0") + row.id[-4] or row.speaker[-1] in "FM"


@FIXED
@given(
    names=st.lists(
        st.one_of(
            st.from_regex(r"0[1-4]-0[12]-0[0-9]-0[0-3]-0[12]-0[12]-[0-3][0-9]\.(wav|WAV|flac)",
                          fullmatch=True),
            st.from_regex(r"[a-z0-9-]{1,12}\.wav", fullmatch=True),
        ),
        max_size=4, unique=True,
    )
)  # fmt: skip
def test_names_of_ravdess(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = emptied(tmp_path_factory.getbasetemp() / "ravdess")
    for name in names:
        (folder / "Actor_01").mkdir(exist_ok=True)
        (folder / "Actor_01" / name).write_bytes(b"no audio")
    assert read(lambda: read_ravdess(folder), folder) is None  # never all speakers


@FIXED
@given(edits=EDITS, arrays=st.booleans(), separator=st.sampled_from([",", ";", "\t"]))
def test_tables_to_predict(
    tmp_path: Path, edits: list[tuple[str, int, int, str]], arrays: bool, separator: str
) -> None:
    path = tmp_path / "t.csv"
    names = ("path", "speaker", "session", "start", "end", "channel")
    lines = [separator.join(names)]
    lines += [separator.join((f"{n}.wav", f"s{n}", "1", "0.5", "1.5", "")) for n in range(3)]
    path.write_bytes(edited("\n".join(lines), edits, separator))
    listed, message = None, ""
    try:
        listed = list_recordings([str(path)], ARRAYS if arrays else AUDIO).recordings
    except ListingError as error:
        message = str(error)
    assert listed is not None or message.startswith(str(path))
    for recording in listed or []:
        assert Path(recording.name).is_absolute()
        assert recording.speaker != ""
        assert recording.start >= 0


@FIXED
@given(kept=st.floats(0, 1), damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
def test_parquet(tmp_path: Path, kept: float, damage: list[tuple[float, int]]) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"path": ["a", "b"], "speaker": ["1", "2"]}).to_parquet(path)
    content = bytearray(path.read_bytes())
    for at, value in damage:
        content[int(at * (len(content) - 1))] = value
    path.write_bytes(content[: int(kept * len(content))])
    table = read(lambda: read_table(path, ("path", "speaker")), tmp_path)
    if kept == 1 and not damage:
        assert table["path"].tolist() == ["a", "b"]
