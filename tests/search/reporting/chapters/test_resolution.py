from search.corpus.resolution import Resolution
from search.corpus.resolution_record import write_resolutions
from search.reporting.blocks import Table, Words
from search.reporting.chapters.resolution import resolution_chapters
from search.reporting.sweep_source import Source

GAPS = {"recall_gap": 0.131, "ccc_diff": 0.05}


def test_the_chapter_states_what_each_split_can_show(toy: Source) -> None:
    assert resolution_chapters([toy]) == []
    assumed = Resolution("test", {"women": 6, "men": 6}, 10, True, GAPS, {**GAPS, "ccc_diff": 0.1})
    write_resolutions(toy.sweep.folder, toy.sweep.facts.id, [assumed])
    (chapter,) = resolution_chapters([toy])
    words, table = chapter.blocks
    assert isinstance(words, Words)
    assert isinstance(table, Table)
    assert "test: 6 women, 6 men. A fair model shows a recall gap of .13 by chance" in words.text
    assert table.rows == [["recall gap", ".13", ".13"], ["CCC-diff", ".05", ".10"]]
    assert table.data["smallest"].tolist() == [0.131, 0.1]
