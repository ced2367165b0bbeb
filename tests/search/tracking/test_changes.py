import math

from mlflow.utils.validation import (
    MAX_ENTITIES_PER_BATCH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAMS_TAGS_PER_BATCH,
)

from search.tracking.changes import Change, RunView, StoredRun, batches, difference


def test_only_what_the_store_lacks_is_written() -> None:
    view = RunView(
        params={"alpha0": "0.1", "seeds": "0"},
        tags={"pareto": "true", "state": "complete"},
        steps={1: {"ccc": 0.1}, 2: {"ccc": 0.2}, 3: {"ccc": 0.3}},
        status="FINISHED",
    )
    written = StoredRun("id", 2, {"alpha0": "9"}, {"pareto": "false", "other": "x"}, "RUNNING")
    change = difference(view, written)
    assert change == Change(
        params={"seeds": "0"},  # a param that is there keeps its value
        tags={"pareto": "true", "state": "complete"},
        steps={3: {"ccc": 0.3}},
        status="FINISHED",
    )
    written.add(change)
    assert difference(view, written) == Change({}, {}, {}, None)
    assert written.step == 3
    assert written.tags["other"] == "x"


def test_nothing_to_write_takes_no_batch() -> None:
    assert batches(Change({}, {}, {}, "FINISHED")) == []


def test_batches_keep_mlflows_limits_and_each_step_whole() -> None:
    change = Change(
        params={f"p{i}": "x" for i in range(250)},
        tags={f"t{i}": "x" for i in range(101)},
        steps={step: {f"m{i}": float(i) for i in range(43)} for step in range(100, 0, -1)},
        status=None,
    )
    result = batches(change)
    for batch in result:
        assert len(batch.metrics) <= MAX_METRICS_PER_BATCH
        assert len(batch.params) <= MAX_PARAMS_TAGS_PER_BATCH
        assert len(batch.tags) <= MAX_PARAMS_TAGS_PER_BATCH
        assert len([*batch.metrics, *batch.params, *batch.tags]) <= MAX_ENTITIES_PER_BATCH
    steps = [{step for _, _, step in batch.metrics} for batch in result]
    assert sum(map(len, steps)) == 100
    written = [metric for batch in result for metric in batch.metrics]
    assert written == sorted(written, key=lambda metric: metric[2])
    assert len(set(written)) == 43 * 100
    assert dict(pair for batch in result for pair in batch.params) == change.params
    assert dict(pair for batch in result for pair in batch.tags) == change.tags


def test_what_stands_is_written_again_at_a_later_step_only_when_it_changed() -> None:
    written = StoredRun("id")
    steps = []
    for ccc, since in ((0.5, 6.0), (0.5, 9.0), (0.6, 12.0), (0.7, 12.0)):
        view = RunView({}, {}, {}, "RUNNING", {"point/ccc": ccc, "point/since": since})
        change = difference(view, written)
        steps += [metric for batch in batches(change) for metric in batch.metrics]
        written.add(change)
    assert steps == [
        ("point/ccc", 0.5, 6),
        ("point/since", 6.0, 6),
        ("point/ccc", 0.6, 12),
        ("point/since", 12.0, 12),
        ("point/ccc", 0.7, 13),  # a step has one value
        ("point/since", 13.0, 13),
    ]
    assert written.step == -1  # the epochs are counted apart


def test_a_value_that_stays_undefined_is_written_once() -> None:
    view = RunView({}, {}, {}, "FINISHED", {"point/gap": math.nan, "point/since": 3.0})
    stored = StoredRun("id", status="FINISHED")
    change = difference(view, stored)
    assert math.isnan(change.standing["point/gap"])
    stored.add(change)
    assert difference(view, stored).standing == {}
