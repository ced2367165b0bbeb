import re
from pathlib import Path

import pandas as pd
import pytest

from fairser_core.corpora.column_names import known_names
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.tables import (
    noting_columns,
    read_csv,
    read_table,
    unread_notes,
)


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_every_value_stays_the_text_it_is(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, "speaker,word\n007,NA\n1e5,\nnull,été\n"))
    assert table["speaker"].tolist() == ["007", "1e5", "null"]
    assert table["word"].tolist() == ["NA", "", "été"]


def test_rows_bear_the_line_they_begin_on(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, 'a,b\n1,2\n\n3,"two\nlines"\n5,6\n'))
    assert table.index.tolist() == [2, 4, 6]
    assert table.index.name == "line"


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, b"\xef\xbb\xbfa, b\r\n1,2\r\n"))
    assert table.to_dict("list") == {"a": ["1"], "b": ["2"]}


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, "a,b\n"))
    assert table.shape == (0, 2)


def test_all_rows_of_another_length_are_listed(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1\n1,2\n1,2,3\n")
    with pytest.raises(
        CorpusError, match="line 2: must have 2 values as the header, has 1"
    ) as error:
        read_csv(path)
    assert "line 4: must have 2 values as the header, has 3" in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n\xff,2\n", "line 2 is in another encoding: save it as CSV in UTF-8"),
        (b'a,b\n"1,2\n', r"line 2: unexpected end of data; does a quote \(\"\) stay open\?"),
        (b"", "cannot be read as CSV in UTF-8: is empty"),
        (b"\n\n", "must begin with the names of its columns"),
        ("a,b\n1,2\n".encode("utf-16"), "it is in UTF-16: save it as CSV in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "it is in UTF-16: save it as CSV in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-be"), "it is in UTF-16: save it as CSV in UTF-8"),
        ("a,b\n1,2\n".encode("utf-32"), r"it is in UTF-32: .*iconv -f UTF-32"),
        ("a,b\n1,2\n".encode("utf-32-le"), "it is in UTF-32: save it as CSV in UTF-8"),
        (b"a,b\n1,2\n1,\0002\n", "line 3 holds a zero byte"),
        (b"# of 2020\na,b\n1,2\n", r"line 2: must have 1 values(.|\n)*the columns are '# of 2020'"),
        (b"path;b,speaker\n1;2,3\n", "its header has several"),
        (b"a," * 1001 + b"b\n", "must have at most 1000 columns, has 1002"),
        (b"a,b,a\n1,2,3\n", "names of its columns, each once"),
    ],
    ids=[
        "not UTF-8",
        "open quotes",
        "empty",
        "blank",
        "UTF-16",
        "UTF-16 without a mark",
        "UTF-16 of big ends",
        "UTF-32",
        "UTF-32 without a mark",
        "a zero byte",
        "a comment",
        "several separators",
        "wide",
        "a column twice",
    ],
)
def test_what_is_not_a_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_csv(written(tmp_path, content), ("path", "speaker"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.csv cannot be read.*No such file"):
        read_csv(tmp_path / "none.csv")


KNOWN = ("path", "speaker", "gender")
ROWS = {"path": ["a.wav", "b;c,d.wav"], "speaker": ["007", "NA"], "mood": ["calm", ""]}


@pytest.mark.parametrize("separator", [",", ";", "\t", ", ", "; "])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("header", [["path", "speaker", "mood"], ["Path", "SPEAKER ", "mood"]])
def test_forms_of_a_table_that_leave_no_doubt_are_read_alike(
    tmp_path: Path, separator: str, mark: str, end: str, header: list[str]
) -> None:
    lines = [separator.join(header)]
    lines += [separator.join(f'"{v}"' for v in row) for row in zip(*ROWS.values(), strict=True)]
    table = read_csv(written(tmp_path, (mark + end.join(["", *lines, ""])).encode()), KNOWN)
    assert table.to_dict("list") == ROWS
    assert table.index.tolist() == [3, 4]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_a_separator_that_excel_was_given_is_taken(tmp_path: Path, first: str) -> None:
    content = f"{first}\npath;speaker\na,b.wav;anna\n".encode()
    table = read_csv(written(tmp_path, content), KNOWN)
    assert table.to_dict("list") == {"path": ["a,b.wav"], "speaker": ["anna"]}
    assert table.index.tolist() == [3]


def test_columns_that_are_not_read_are_counted_by_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",Path,mood,Speaker,age\n0,a.wav,calm,anna,30\n")
    pd.DataFrame({"path": ["a"], "gender": ["f"]}).to_parquet(tmp_path / "b.parquet")
    with noting_columns() as columns:
        read_table(tmp_path / "a.csv", KNOWN)
        read_table(tmp_path / "b.parquet", KNOWN)
    assert unread_notes(columns) == [f"{tmp_path / 'a.csv'}: 2 columns not read: 'mood', 'age'"]
    assert unread_notes(columns, ("mood", "age")) == []


def test_names_that_are_not_known_or_stand_twice_stay_as_they_are() -> None:
    assert known_names(["Path", "Mood", " gender "], KNOWN) == ["path", "Mood", "gender"]
    assert known_names(["Path", "path"], KNOWN) == ["Path", "path"]
    assert known_names(["file", "Speaker"], KNOWN) == ["path", "speaker"]
    assert known_names(["file", "path"], KNOWN) == ["file", "path"]
    assert known_names(["FileName", "file"], KNOWN) == ["FileName", "file"]
    assert known_names(["File_Path", "Speaker"], KNOWN) == ["path", "speaker"]
    assert known_names(["file", "Speaker"], ()) == ["file", "Speaker"]


def test_an_index_may_hold_columns(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS).set_index(["path", "speaker"])
    table.to_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet", KNOWN).to_dict("list") == ROWS
    pd.DataFrame(ROWS).to_parquet(tmp_path / "b.PARQUET")
    assert read_table(tmp_path / "b.PARQUET", KNOWN).to_dict("list") == ROWS


def test_whole_numbers_beside_an_empty_cell_of_parquet_stay_whole(tmp_path: Path) -> None:
    columns = {"speaker": [7, None], "age": [30.5, None], "activation": [1.0, 2.0]}
    pd.DataFrame(columns).to_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet", ["speaker", "age", "activation"])
    assert table["speaker"].tolist() == [7, None]
    assert str(table["speaker"].iloc[0]) == "7"
    assert table["age"].iloc[0] == 30.5
    assert table["activation"].tolist() == [1.0, 2.0]


def test_damaged_parquet_is_named(tmp_path: Path) -> None:
    pd.DataFrame(ROWS).to_parquet(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    for damaged in (content[:-20], b"PAR1" + content[100:], b""):
        (tmp_path / "a.parquet").write_bytes(damaged)
        with pytest.raises(CorpusError, match=r"a\.parquet cannot be read as Parquet"):
            read_table(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\3\4\24\0\6\0", "it is an Excel workbook or another zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an Excel workbook: save the table as CSV"),
        (b"\x1f\x8b\x08\0", "it is compressed by gzip"),
        (b"PAR1\25\4\25", "it is Parquet: let its name end in .parquet"),
    ],
)
def test_a_table_of_another_kind_under_the_name_of_csv_is_named(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content + bytes(600))
    with pytest.raises(
        CorpusError, match=re.escape(f"{path} cannot be read as CSV in UTF-8: {kind}")
    ):
        read_csv(path)
