import dataclasses

from search.front.configurations import Configurations
from search.front.front import build
from search.reporting.blocks import Words
from search.reporting.chapters.summary import added_text, summary_chapters
from search.reporting.sweep_source import Source
from tests.support.fake_training import FLOOR, OBJECTIVES, trial_of


def front_of(number: int, *epochs: tuple[float, float]):  # type: ignore[no-untyped-def]
    lanes = [{"ccc": [ccc, ccc], "recall_gap": [gap, gap]} for ccc, gap in epochs]
    trained = Configurations().update([trial_of(number, lanes)])
    baseline = {"ccc": 0.80, "recall_gap": 0.35}
    return build(trained, OBJECTIVES, {"recall_gap": 1.0}, [FLOOR], baseline)


def test_gains_of_de_biasing_are_counted_from_the_baselines_choice() -> None:
    front = front_of(7, (0.79, 0.05), (0.85, 0.20))
    own = front_of(0, (0.81, 0.10), (0.83, 0.40)).members
    text = added_text(dataclasses.replace(front, baseline_points=own))
    assert text.startswith("The fairest within 0.02 of the baseline's CCC is 7@1 with CCC .790")
    assert "baseline@1 with CCC .810, recall gap .100" in text
    assert "beyond that, 7@1 adds CCC -.020, recall gap -.050, on the validation" in text
    assert added_text(front) == ""
    far = front_of(0, (0.70, 0.01)).members  # beyond the tolerance
    assert added_text(dataclasses.replace(front, baseline_points=far)) == ""


def test_the_first_chapter_says_it_of_a_sweep(toy: Source) -> None:
    (chapter,) = summary_chapters([toy])
    texts = [block.text for block in chapter.blocks if isinstance(block, Words)]
    assert any("after its last epoch" in text for text in texts)
    assert [point.epoch for point in toy.front.baseline_points] == [
        1
    ]  # all tie, and equal ones stand once
    assert any(" adds CCC " in text for text in texts) == bool(added_text(toy.front))
