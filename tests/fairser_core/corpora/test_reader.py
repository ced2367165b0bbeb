import re
from typing import Any

import pytest

from fairser_core.corpora import CATEGORY_READERS, RATED_READERS, READERS
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.reader import Reader

ALL = [pytest.param(reader, id=name) for name, reader in READERS.items()]
ALL += [pytest.param(reader, id=f"rated {name}") for name, reader in RATED_READERS.items()]
ALL += [pytest.param(reader, id=f"classes {name}") for name, reader in CATEGORY_READERS.items()]


def test_options_are_the_keywords_that_a_reader_takes() -> None:
    assert READERS["manifest"].options == ("threshold", "skip_broken", "scale", "column")
    assert READERS["ravdess"].options == ("threshold", "skip_broken")
    assert RATED_READERS["iemocap"].options == ("raters", "skip_broken")
    assert CATEGORY_READERS["iemocap"].options == ("classes", "skip_broken")
    assert CATEGORY_READERS["msp_podcast"].options == ("classes", "secondary", "skip_broken")
    assert RATED_READERS["demo_emotions"].options == (
        "skip_broken",
        "preset",
        "smoke",
        "progress",
    )


@pytest.mark.parametrize("reader", ALL)
def test_every_reader_can_skip_broken_rows_and_is_described(reader: Reader[Any]) -> None:
    assert "skip_broken" in reader.options
    assert reader.title
    assert reader.licence


@pytest.mark.parametrize("reader", ALL)
def test_a_reader_names_the_folder_it_needs_if_none_is_given(reader: Reader[Any]) -> None:
    assert bool(reader.folder) == ("preset" not in reader.options)
    if reader.folder:
        message = re.escape(f"the corpus needs {reader.folder}: none was given")
        with pytest.raises(CorpusError, match=message):
            reader.read(None)


def test_names_among_the_corpora_of_a_task_are_unique() -> None:
    for readers in (READERS, RATED_READERS, CATEGORY_READERS):
        names = [reader.alias or name for name, reader in readers.items()]
        assert len(set(names)) == len(names)
