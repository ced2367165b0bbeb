import dataclasses
import io
from collections.abc import Callable

import pytest
from rich.console import Console

from search.front.front import Front
from search.presentation.front_files import speakers_columns
from search.presentation.front_html import front_html
from search.presentation.front_table import FrontTable, front_table
from search.presentation.intervals_table import IntervalsTable
from search.store.trials import TrialRecord
from search.tasks.speaker_record import SpeakerRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
OBJECTIVES = ("ccc", "recall_gap")


def record(women: int = 6, men: int = 6) -> SpeakerRecord:
    count = women + men
    return SpeakerRecord(
        sizes={"women": women, "men": men},
        group=[0] * women + [1] * men,
        seeds=[0, 1, 2],
        per_seed={"ccc": [0.69, 0.70, 0.71], "recall_gap": [0.28, 0.3, 0.32]},
        without={"ccc": [0.70 + 0.01 * (n % 3 - 1) for n in range(count)]},
        chance={"recall_gap": 0.1342},
    )


@pytest.fixture
def front(make_trial: MakeTrial, make_front: MakeFront) -> Front:
    return make_front([make_trial(0, 0.70, 0.30)])


def text(table: IntervalsTable | FrontTable, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return " ".join(console.file.getvalue().split())


def test_both_intervals_are_named_and_a_gap_has_its_level_by_chance(front: Front) -> None:
    table = IntervalsTable(front.with_speakers({"0@2": record()}))
    headings = [str(column.header).split("\n")[-1] for column in table.table(OBJECTIVES).columns]
    assert headings == ["member", "seeds", "seeds and speakers", "seeds", "by chance"]
    (name, *cells) = [next(iter(column.cells)) for column in table.table(OBJECTIVES).columns]
    low, high = front.with_speakers({"0@2": record()}).members[0].speakers.intervals["ccc"]  # type: ignore[union-attr]
    assert name == "0@2"
    expected = ["[0.675, 0.725]", f"[{low:.3f}, {high:.3f}]", "[0.250, 0.350]", "0.134"]
    assert [str(cell).replace("\\", "") for cell in cells] == expected
    shown = text(table)
    assert "over seeds, on the same validation utterances" in shown
    assert "by chance alone" not in shown  # the front's table, which stands above it, says it
    above = text(front_table(front.with_speakers({"0@2": record()})))
    assert "an absolute gap is above 0 by chance alone" in above
    assert "recall_gap of the front's members is then 0.134" in above


def test_the_baselines_front_stands_below_the_members(front: Front) -> None:
    base = dataclasses.replace(front.members[0], epoch=7)
    both = dataclasses.replace(front, baseline_points=(base,))
    figured = both.with_speakers({"0@2": record(), "0@7": record()})
    bases = dataclasses.replace(figured, points=(base,)).with_speakers({"0@7": record()}).points
    table = IntervalsTable(dataclasses.replace(figured, baseline_points=bases))
    rows = list(zip(*(column.cells for column in table.table(OBJECTIVES).columns), strict=True))
    assert [row[0] for row in rows] == ["0@2", "baseline@7"]
    assert rows[0][1:] == rows[1][1:]
    assert "-" not in rows[1]


def test_without_models_the_first_alone_is_shown_and_the_table_says_so(front: Front) -> None:
    table = IntervalsTable(front)
    cells = [
        str(next(iter(column.cells))).replace("\\", "")
        for column in table.table(OBJECTIVES).columns
    ]
    assert cells == ["0@2", "[0.675, 0.725]", "-", "[0.250, 0.350]", "-"]
    assert "no interval over seeds and speakers" in text(table)


def test_objectives_that_have_no_room_beside_each_other_have_tables_of_their_own(
    front: Front,
) -> None:
    shown = text(IntervalsTable(front.with_speakers({"0@2": record()})), width=50)
    assert "member seeds seeds and speakers" in shown
    assert "member seeds by chance" in shown
    assert shown.count("0@2") == 2


def test_too_few_speakers_have_a_reason_in_place_of_an_interval(front: Front) -> None:
    table = IntervalsTable(front.with_speakers({"0@2": record(4, 4)}))
    assert "fewer than 5 speakers in a group" in text(table)


def test_files_and_page_have_the_same_figures(front: Front) -> None:
    figured = front.with_speakers({"0@2": record()})
    (point,) = figured.members
    assert point.speakers is not None
    low, high = point.speakers.intervals["ccc"]
    assert speakers_columns(point, figured.objectives) == {
        "ccc_speakers_low": low,
        "ccc_speakers_high": high,
        "recall_gap_chance": 0.1342,
    }
    page = front_html(figured, "sweep")
    assert f"95 % seeds and speakers [{low:.3f}, {high:.3f}]" in page
    assert "by chance 0.134" in page
