"""What was searched, what it cost, who is in the data, and the beginning."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fairser_core.corpora.corpus import Corpus
from search.corpus.record import keep_record
from search.front.fresh import refuted
from search.front.pick import pick
from search.reporting.blocks import Block, Table, Words
from search.reporting.chapters.group_sizes import groups_chapters
from search.reporting.chapters.provenance import origins_chapters
from search.reporting.chapters.search_and_cost import searched_chapters
from search.reporting.chapters.summary import summary_chapters
from search.reporting.configurations_table import configurations_table
from search.reporting.cost import cost_table, duration, failures, trials_table
from search.reporting.sweep_source import Source
from tests.support.report_source import report_source


def words(blocks: list[Block] | tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Words)]


def table(blocks: object, name: str) -> Table:
    result = [block for block in blocks if isinstance(block, Table)]  # type: ignore[attr-defined]
    return next(block for block in result if block.name == name)


def test_domains_and_budget_are_shown(toy: Source) -> None:
    chapter = searched_chapters([toy])[0]
    (text,) = words(list(chapter.blocks))
    assert "288 epochs, summed over seeds: those of 24 trials of 6 epochs" in text
    assert "could get up to 4 seeds in all" in text
    assert "(MO-ASHA)" in text
    domains = table(chapter.blocks, "searched toy")
    assert domains.rows[0][:3] == ["alpha0", "0.01 to 100", "logarithmic"]
    values = [point.values["alpha0"] for point in toy.front.members]
    assert json.loads(domains.data["on the front"][0]) == values
    fixed = table(chapter.blocks, "fixed toy")
    assert ("filters", "16") in fixed.rows
    assert ("windows.frames", "279") in fixed.rows


def test_every_trial_and_epoch_is_accounted_for(toy: Source, other: Source) -> None:
    counted = trials_table([toy, other]).data
    cost = cost_table([toy, other]).data
    for place, source in enumerate((toy, other)):
        trials = list(source.sweep.log.trials.values())
        own = counted[counted["sweep"] == source.sweep.name]
        assert own["trials"].sum() == len(trials)
        assert own["stopped early"].sum() == sum(trial.state == "stopped" for trial in trials)
        epochs = sum(len(trial.seeds) * len(trial.epochs) for trial in trials)
        assert own["epochs × seeds"].sum() == cost["epochs × seeds"][place] == epochs
    search = [t for t in toy.sweep.log.trials.values() if t.purpose == "search"]
    whole = sum(6 * len(trial.seeds) for trial in search)
    expected = sum(t.trained for t in search) / whole
    assert counted["of whole trials"][0] == pytest.approx(expected)
    assert expected < 1


def test_reasons_of_failures_are_shown_once(tmp_path: Path) -> None:
    source = report_source(tmp_path, train=lambda *given: None, **{"budget.trials": 2})
    assert failures(source) == ["2 trials failed (0, 1): a seed diverged"]
    assert configurations_table(source).rows[0][1:4] == ["failed", "0", "2"]


def test_every_configuration_is_shown(toy: Source) -> None:
    table = configurations_table(toy)
    assert len(table.rows) == len(toy.configurations)
    assert sum(table.data["on_front"]) == len({p.trial for p in toy.front.members})
    last = toy.configurations[0].metrics_at(toy.configurations[0].epochs)
    assert table.data["ccc"][0] == last["ccc"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.3, "12 s"), (65, "1 min"), (5940, "99 min"), (9000, "2.5 h")]
)
def test_durations_are_said_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_recorded_corpus_is_shown_with_what_was_left_out(tmp_path: Path) -> None:
    source = report_source(tmp_path, notes=("3 of 9 left out: </script>",), **{"budget.trials": 1})
    utterances = pd.DataFrame(
        {
            "speaker": ["a", "b"],
            "gender": ["female", "male"],
            "split": ["train", "test"],
            "activation": [2.0, 3.6],
        }
    )
    corpus = Corpus("made", utterances, (1.0, 7.0), 3.5, ())
    keep_record(source.sweep.folder, source.sweep.facts.id, "activation", corpus)
    (chapter,) = groups_chapters([source])
    assert (
        words(list(chapter.blocks))[1] == "Note of the corpus' reader: 3 of 9 left out: </script>."
    )
    sizes = table(chapter.blocks, "groups 1")
    assert list(sizes.rows[0]) == ["train", "1", "0", "1", "1", "0", "0", "0"]
    assert sizes.data["men, high"].tolist() == [0, 0, 1, 1]


def test_the_chapter_names_what_is_unknown_of_an_old_sweep(toy: Source, other: Source) -> None:
    (chapter,) = groups_chapters([toy, other])
    assert any("kept no record of the corpus" in t for t in words(chapter.blocks))  # type: ignore[arg-type]
    assert table(chapter.blocks, "groups 1").rows[0] == ("train female", "1,200")


def test_two_corpora_are_distinguished(tmp_path: Path, toy: Source) -> None:
    foreign = report_source(tmp_path, "foreign", corpus="another", **{"budget.trials": 1})
    (chapter,) = groups_chapters([toy, foreign])
    names = [block.name for block in chapter.blocks if isinstance(block, Table)]
    assert names == ["groups 1", "groups 2"]


def test_the_summary_has_question_and_results(toy: Source) -> None:
    (chapter,) = summary_chapters([toy])
    _, asked, result, true = words(list(chapter.blocks))  # a verdict comes first
    assert "searched alpha0, adversary_learning_rate for ccc (higher is better) and" in asked
    assert "ccc >= 0.6: 75 % of the baseline's 0.8" in asked
    first = pick(toy.front, "most-accurate")
    assert f"The best in CCC is {first.trial}@{first.epoch} with CCC" in result
    assert f"of which fresh seeds refute {len(refuted(toy.front))}." in result
    assert true.startswith("The search claimed a hypervolume of")
    assert true.endswith("No member was tested: all figures below are of validation data.")
    row = table(chapter.blocks, "sweeps").data.iloc[0]
    assert row["hypervolume"] == toy.front.hypervolume
    assert (row["claimed"], row["with fresh seeds"]) == toy.front.checked


def test_an_unfinished_sweep_is_marked_as_such(tmp_path: Path) -> None:
    cut = report_source(tmp_path, events=9)
    (chapter,) = summary_chapters([cut])
    _, _, result, true = words(list(chapter.blocks))
    assert result.startswith("1 trial ended, of 2 configurations; 1 trial had begun and not ended,")
    assert true.startswith("The front was not checked with fresh seeds.")


def test_commands_versions_and_revision_are_shown(toy: Source) -> None:
    (chapter,) = origins_chapters([toy])
    assert words(list(chapter.blocks)) == [
        "toy was run by: python search/run.py --space adversarial"
    ]
    rows = dict(map(tuple, table(chapter.blocks, "origins").rows))  # type: ignore[arg-type]
    assert rows["git revision"] == "0123456789ab with changes"
    assert rows["baseline"] == "base"
