import io
from pathlib import Path

import pytest
from rich.console import Console

from fairser_core.datasets.data import Data
from search.corpus.reading import read_inputs
from search.corpus.resolution_record import read_resolutions
from search.front.names import point_name
from search.front.rule_names import DEFAULT, TOLERANCE
from search.front.speakers import FILE, read_speakers
from search.replication.choices import counterpart
from search.running.validation_speakers import record_speakers
from search.running.visible_differences import show_assumed, show_measured
from search.store.local_storage import LocalStorage
from search.store.models import drop_models
from search.sweep.opening import opened
from search.sweep.sweep import Sweep
from tests.support.small_sweep import QUIET, SMALL, small_sweep

VALUES = [{"alpha0": 0.1, "adversary_learning_rate": 0.01}]


@pytest.fixture
def made(tmp_path: Path) -> tuple[Sweep, Data]:
    return small_sweep(
        tmp_path, VALUES, [*SMALL, ("floor.worst_recall", 1e-6)], space="adversarial"
    )


def test_kept_models_give_what_the_log_holds_and_intervals(made: tuple[Sweep, Data]) -> None:
    sweep, data = made
    assert all(point.speakers is None for point in sweep.front().members)
    record_speakers(sweep, data, QUIET)
    members, records = sweep.front().members, read_speakers(sweep.folder, sweep.facts.id)
    assert set(records) == {point_name(point) for point in members}
    for point in members:
        record = records[point_name(point)]
        assert record.seeds == point.seeds
        for name in ("ccc", "recall_gap", "tpr_low_diff"):
            assert record.per_seed[name] == pytest.approx(point.lanes[name], abs=1e-5)
        assert point.speakers is not None
        assert 0 < point.speakers.chance["ccc_diff"] < 2


def test_a_candidate_is_predicted_once(
    made: tuple[Sweep, Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, data = made
    record_speakers(sweep, data, QUIET)
    written = (Path(sweep.folder.where()) / FILE).read_bytes()

    def refuse(*arguments: object) -> None:
        raise AssertionError("predicted again")

    monkeypatch.setattr("search.running.validation_speakers.evaluate", refuse)
    record_speakers(sweep, data, QUIET)
    assert (Path(sweep.folder.where()) / FILE).read_bytes() == written


def test_without_models_there_are_no_records(made: tuple[Sweep, Data]) -> None:
    sweep, data = made
    for number in sweep.log.trials:
        drop_models(sweep.folder, number)
    record_speakers(sweep, data, QUIET)
    assert read_speakers(sweep.folder, sweep.facts.id) == {}
    assert all(point.speakers is None for point in sweep.front().members)


def test_a_damaged_model_leaves_its_member_without_a_record(made: tuple[Sweep, Data]) -> None:
    sweep, data = made
    for path in Path(sweep.folder.where()).rglob("*.model"):
        path.write_bytes(path.read_bytes()[:-9])
    record_speakers(sweep, data, QUIET)
    assert read_speakers(sweep.folder, sweep.facts.id) == {}


def test_the_baselines_front_has_the_figures_that_members_have(
    made: tuple[Sweep, Data], tmp_path: Path
) -> None:
    sweep, data = made
    results = LocalStorage(tmp_path)
    baseline = sweep.baseline
    assert baseline is not None
    assert all(p.speakers is None for p in opened(sweep.name, results).front().baseline_points)
    record_speakers(baseline, data, QUIET)
    points = opened(sweep.name, results).front().baseline_points
    assert points
    for point in points:
        assert point.speakers is not None
        record = baseline.speakers[point_name(point)]
        assert point.speakers.chance == record.chance
        assert point.lanes["ccc"] == pytest.approx(record.per_seed["ccc"], abs=1e-5)


def test_a_start_states_what_can_be_seen_and_the_baseline_measures_it(
    made: tuple[Sweep, Data], tmp_path: Path
) -> None:
    sweep, data = made
    console = Console(file=io.StringIO(), width=200)
    inputs = read_inputs(sweep.space, sweep.facts.options.corpus, QUIET)
    show_assumed(sweep.head, inputs.corpus, console)
    assumed = read_resolutions(sweep.folder, sweep.facts.id)
    assert [(of.split, of.assumed) for of in assumed] == [("validation", True), ("test", True)]
    baseline = sweep.baseline
    assert baseline is not None
    show_measured(sweep, console)  # no record: nothing is measured
    assert read_resolutions(sweep.folder, sweep.facts.id) == assumed
    record_speakers(baseline, data, QUIET)
    compared = opened(sweep.name, LocalStorage(tmp_path))
    show_measured(compared, console)
    measured = read_resolutions(sweep.folder, sweep.facts.id)
    assert [(of.split, of.assumed) for of in measured] == [("validation", False), ("test", True)]
    chosen = counterpart(compared.front(), DEFAULT, TOLERANCE)
    assert chosen is not None
    record = baseline.speakers[f"0@{chosen.epoch}"]
    assert measured[0].chance["recall_gap"] == record.chance["recall_gap"]
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert shown.count("A fair model shows a recall gap of") == 3
    before = len(shown)
    show_assumed(sweep.head, inputs.corpus, console)  # as a resumed sweep
    assert len(console.file.getvalue()) == before
