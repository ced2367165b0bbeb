from pathlib import Path

import pytest

from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.tables import read_csv


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
        (b"a,b\n\xff,2\n", "cannot be read as CSV in UTF-8.*invalid start byte"),
        (b'a,b\n"1,2\n', "cannot be read as CSV in UTF-8.*unexpected end of data"),
        (b"", "must begin with the names of its columns"),
        (b"a,b,a\n1,2,3\n", "names of its columns, each once"),
    ],
    ids=["not UTF-8", "open quotes", "empty", "a column twice"],
)
def test_what_is_not_a_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_csv(written(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.csv cannot be read.*No such file"):
        read_csv(tmp_path / "none.csv")
