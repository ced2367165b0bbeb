import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.files.tree import ARRAYS, AUDIO
from fairser_core.predictor.listing import ListingError, list_recordings
from fairser_core.predictor.recording import (
    MOST_BYTES,
    MOST_RECORDINGS,
    Recording,
    RequestError,
    check_request,
)


def listed(path: Path, text: str, suffixes: set[str] = AUDIO) -> list[Recording]:
    path.write_text(text)
    return list_recordings([str(path)], suffixes).recordings


@pytest.mark.parametrize(
    "text",
    [
        "path,speaker\na.wav,anna\nb.wav,\n",
        "path, speaker\na.wav, anna\nb.wav,\n",
        "Path;Speaker;\na.wav;anna;\nb.wav;;\n",
        "\ufeffspeaker\tPATH\r\nanna\ta.wav\r\n\tb.wav\r\n",
        'file , speaker , x\n"a.wav","anna",\n"b.wav",,1\n',
    ],
)
def test_a_table_is_read_as_a_manifest_is(tmp_path: Path, text: str) -> None:
    expected = [Recording(str(tmp_path / "a.wav"), "anna"), Recording(str(tmp_path / "b.wav"))]
    assert listed(tmp_path / "t.csv", text) == expected


def test_a_manifest_of_features_serves_models_of_features(tmp_path: Path) -> None:
    text = "features,speaker\na.npy,anna\n"
    assert listed(tmp_path / "t.csv", text, ARRAYS) == [Recording(str(tmp_path / "a.npy"), "anna")]
    with pytest.raises(ListingError, match="column 'path' is missing; the columns are 'features'"):
        listed(tmp_path / "t.csv", text)


def test_parts_are_honoured_and_other_times_refused(tmp_path: Path) -> None:
    (part,) = listed(tmp_path / "t.csv", "path,offset,duration\na.wav,1.5,2\n")
    assert (part.start, part.end) == (1.5, 3.5)
    with pytest.raises(ListingError, match=r"t\.csv: column 'start_ms' looks like times"):
        listed(tmp_path / "t.csv", "path,start_ms\na.wav,1500\n")
    with pytest.raises(ListingError, match=r"t\.csv: line 3: start must be .*, got 'x'"):
        listed(tmp_path / "t.csv", "path,start\na.wav,\na.wav,x\n")


def test_a_channel_of_several_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((800, 2)), 8000)
    soundfile.write(tmp_path / "b.wav", np.zeros(800), 8000)
    listed(tmp_path / "t.csv", "path,channel\na.wav,\nb.wav,0\nnone.wav,1\n")
    with pytest.raises(ListingError, match=r"t\.csv: line 3: `channel` must be empty.*got '1'"):
        listed(tmp_path / "t.csv", "path,channel\nb.wav,0\na.wav,1\n")


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match=r"t\.csv: has a header and no rows"):
        listed(tmp_path / "t.csv", "path,speaker\n\n")


def test_columns_that_are_not_read_are_noted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,t,speaker\na.wav,1,anna\n")
    notes = list_recordings([str(tmp_path / "t.csv")], AUDIO).notes
    assert notes == [f"{tmp_path / 't.csv'}: 1 column not read: 't'"]


def test_a_request_has_bounds() -> None:
    check_request([Recording("row 0", content=b"a")] * MOST_RECORDINGS)
    with pytest.raises(RequestError, match="at most 1,000 recordings, has 1,001"):
        check_request([Recording("row 0", content=b"a")] * (MOST_RECORDINGS + 1))
    half = Recording("row 0", content=bytes(MOST_BYTES // 2 + 1))
    with pytest.raises(RequestError, match="at most 100,000,000 bytes, are of 100,000,002"):
        check_request([half, half])


def test_audio_of_a_request_is_bounded_by_headers_however_few_its_bytes() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((8000 * 400, 2), np.int16), 8000, format="FLAC")
    assert len(file.getvalue()) < 100_000
    recordings = [Recording(f"row {n}", content=file.getvalue()) for n in range(10)]
    check_request(recordings[:9])
    with pytest.raises(RequestError, match=r"at most 7,200 seconds .*have 8,000 up to row 9"):
        check_request(recordings)
