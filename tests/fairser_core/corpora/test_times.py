import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.times import seconds, segments, time_problems
from fairser_core.datasets.preparation import utterance_frames
from fairser_core.features.mfcc import MfccSettings


@pytest.fixture
def recording(tmp_path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The sound table, each utterance as half a second of one recording of 12 seconds."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 12 * 8000)
    soundfile.write(tmp_path / "long.wav", samples, 8000)
    start = 0.5 * np.arange(len(table))
    return table.assign(path="long.wav", start=start, end=start + 0.5)


def write(table: pd.DataFrame, folder: Path) -> Path:
    table.to_csv(folder / "manifest.csv", index=False)
    return folder / "manifest.csv"


def test_each_row_is_its_part_of_the_recording(recording: pd.DataFrame, tmp_path: Path) -> None:
    corpus = read_manifest(write(recording, tmp_path))
    frames = utterance_frames(corpus.utterances, MfccSettings(), None)
    samples, rate = soundfile.read(tmp_path / "long.wav", dtype="int16")
    for number in (0, 7, 23):
        part = tmp_path / f"{number}.wav"
        soundfile.write(part, samples[number * 4000 : (number + 1) * 4000], rate)
        (expected,) = utterance_frames(pd.DataFrame({"path": [str(part)]}), MfccSettings(), None)
        np.testing.assert_array_equal(frames[number], expected)


@pytest.mark.parametrize(
    "columns",
    [
        {"start": "offset", "end": "duration"},
        {"end": "duration"},
        {"start": "START ", "end": " End"},
    ],
    ids=str,
)
def test_the_same_segments_by_other_names_are_the_same_corpus(
    recording: pd.DataFrame, tmp_path: Path, columns: dict[str, str]
) -> None:
    expected = read_manifest(write(recording, tmp_path))
    if columns["end"] == "duration":
        recording["end"] = 0.5
    other = read_manifest(write(recording.rename(columns=columns), tmp_path))
    assert other.fingerprint() == expected.fingerprint()
    pd.testing.assert_frame_equal(
        other.utterances[["start", "end"]], expected.utterances[["start", "end"]]
    )


def test_segments_are_part_of_the_fingerprint(recording: pd.DataFrame, tmp_path: Path) -> None:
    before = read_manifest(write(recording, tmp_path)).fingerprint()
    recording.loc[recording.index[3], "end"] -= 0.1
    assert read_manifest(write(recording, tmp_path)).fingerprint() != before


def test_ids_of_segments_without_names_tell_them_apart(
    recording: pd.DataFrame, tmp_path: Path
) -> None:
    corpus = read_manifest(write(recording.drop(columns="id"), tmp_path))
    assert corpus.utterances["id"][:3].tolist() == [
        "long.wav 0-0.5",
        "long.wav 0.5-1",
        "long.wav 1-1.5",
    ]


def test_columns_that_name_whole_files_change_nothing(table: pd.DataFrame, tmp_path: Path) -> None:
    before = read_manifest(write(table, tmp_path))
    for whole in ({"start": 0.0, "end": np.nan}, {"start": 0}, {"duration": 0.05}):
        after = read_manifest(write(table.assign(**whole), tmp_path))
        assert after.fingerprint() == before.fingerprint()
        assert all(segment.whole for segment in segments(after.utterances))


def test_overlapping_segments_in_two_splits_are_refused(
    recording: pd.DataFrame, tmp_path: Path
) -> None:
    rows = recording.index[recording["split"] != "train"]
    recording.loc[rows[0], "start"] -= 0.1
    with pytest.raises(CorpusError, match="are of the same audio, in split train and split valid"):
        read_manifest(write(recording, tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end": 13.0}, r"line 2: .*long\.wav \(0-13 s\): start and end must be in order and wit"),
        (
            {"end": "later"},
            "line 2: end must be empty, a number of seconds or a duration .*'later'",
        ),
        ({"start": 0.49}, "must have at least 320 samples at 8000 Hz, has 80"),
        ({"offset": 0.2}, "columns 'start' and 'offset' state the same"),
        ({"start_ms": 200}, "column 'start_ms' looks like times of segments"),
        ({"begin": 200}, "column 'begin' looks like times of segments"),
        ({"utt_start_time": 200}, "column 'utt_start_time' looks like times of segments"),
        ({"xmin": 200}, "column 'xmin' looks like times of segments"),
        (
            {"duration": 3},
            "'duration' must be .* 1 of 24 rows contradict, e.g. line 2 ",
        ),
    ],
    ids=str,
)
def test_times_that_are_not_honoured_are_refused(
    recording: pd.DataFrame, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    changed = recording.astype(object)
    for name, value in change.items():
        changed.loc[changed.index[0], name] = value
    with pytest.raises(CorpusError, match=message):
        read_manifest(write(changed, tmp_path))


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        (("clip_start", "clip_end"), True),
        (("Start_Offset", "End_Offset"), True),
        (("start_ts", "length_ms"), True),
        (("clip_start", "note"), False),
        (("start_date", "end_date"), False),
    ],
)
def test_a_beginning_and_an_end_of_anything_are_refused(
    names: tuple[str, str], refused: bool
) -> None:
    value = "2020-01-01" if "start_date" in names else "2.5"
    table = pd.DataFrame({"path": ["long.wav"], **{name: [value] for name in names}})
    assert len(time_problems(table)) == 2 * refused


def test_a_duration_alone_must_be_that_of_the_file(table: pd.DataFrame, tmp_path: Path) -> None:
    table = table.assign(duration=0.05)
    table.loc[7, "duration"] = 0.4
    with pytest.raises(CorpusError, match=r"1 of 24 rows do not, e\.g\. line 7 has 0\.4, its"):
        read_manifest(write(table, tmp_path))


def test_times_do_not_cut_features(table: pd.DataFrame, tmp_path: Path) -> None:
    for number in range(len(table)):
        np.save(tmp_path / f"{number}.npy", np.full((3, 4), float(number)))
    names = [f"{number}.npy" for number in range(len(table))]
    arrays = table.drop(columns="path").assign(features=names, start=0.5, end=1.0)
    for named in (arrays, arrays.drop(columns="id")):
        with pytest.raises(CorpusError, match="start and end cut segments of audio"):
            read_manifest(write(named, tmp_path))


def test_a_channel_of_several_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    assert len(read_manifest(write(table.assign(channel=0), tmp_path)).utterances) == 24
    soundfile.write(table["path"][4], np.random.default_rng(0).uniform(-1, 1, (800, 2)), 8000)
    with pytest.raises(CorpusError, match="line 4: channel must be empty: the mean of all chann"):
        read_manifest(write(table.assign(channel=0), tmp_path))


def test_times_are_read_as_numbers_and_as_durations() -> None:
    written = ["1.5", " 2 ", "0 days 00:00:02.500000", "1:02:03.5", "", "NaT", "2,25", "x", "-1"]
    times = seconds(pd.Series(written)).tolist()
    np.testing.assert_array_equal(
        times, [1.5, 2.0, 2.5, 3723.5, np.nan, np.nan, 2.25, np.inf, -1.0]
    )
    spans = pd.to_timedelta(pd.Series([1.5, None]), unit="s")
    np.testing.assert_array_equal(seconds(spans), [1.5, np.nan])


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("start_time", "end_time"), ("StartTime", "EndTime"), ("start (s)", "End [s]"),
        ("begin", "stop"), ("segment_start", "segment_end"), ("xmin", "xmax"), ("utt_start_sec",
        "utt_end_sec"), ("Start seconds", "END_SECONDS"),
    ],
)  # fmt: skip
def test_names_of_times_in_seconds_are_honoured(
    recording: pd.DataFrame, tmp_path: Path, start: str, end: str
) -> None:
    expected = read_manifest(write(recording, tmp_path)).fingerprint()
    renamed = recording.rename(columns={"start": start, "end": end})
    assert read_manifest(write(renamed, tmp_path)).fingerprint() == expected


@pytest.mark.parametrize("name", ["length", "duration_ms", "dur_samples", "Length (ms)"])
def test_a_length_that_is_not_honoured_beside_a_beginning_is_refused(
    recording: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    table = recording.drop(columns="end").assign(**{name: 500})
    with pytest.raises(CorpusError, match=re.escape(f"column {name!r} looks like times")):
        read_manifest(write(table, tmp_path))
    whole = table.drop(columns="start")
    with pytest.raises(CorpusError, match="are of the same audio") as error:
        read_manifest(write(whole, tmp_path))
    assert "looks like times" not in str(error.value)


def test_times_as_subtitles_write_them_are_read_and_shorter_ones_refused() -> None:
    texts = ["00:01:02,500", "00:00:01.5", "1 days 00:00:01", "0:02", "00:01:02,5,0", "1:2:3:4"]
    times = seconds(pd.Series(texts))
    np.testing.assert_array_equal(times, [62.5, 1.5, 86401, np.inf, np.inf, np.inf])
