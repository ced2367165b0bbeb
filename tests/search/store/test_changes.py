import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from fairser_core.datasets.activation import Activation
from search.corpus.facts import features_facts
from search.space.document import parse
from search.space.files import available
from search.space.load import as_now, load
from search.space.space import Space
from search.store.changes import SweepChanged, check_same
from search.store.local_storage import LocalStorage
from search.sweep.head import saved_head
from tests.support.facts import made_facts
from tests.support.fake_training import space_of


def saved(facts: dict[str, Any]) -> dict[str, Any]:
    """As sweep.json gives them back."""
    again: dict[str, Any] = json.loads(json.dumps(facts))
    return again


def edited(space: Space, old: str, new: str) -> Space:
    """The space after somebody edited its space.toml."""
    text = space.to_toml()
    assert text.count(old) == 1
    return parse(tomllib.loads(text.replace(old, new)), space.name, "space.toml")


def test_a_new_sweep_has_nothing_to_differ_from() -> None:
    check_same("space", None, {"a": 1})


@pytest.mark.parametrize(
    ("then", "now", "message"),
    [
        ({"a": 1}, {"a": 2}, "`a` is 2, was 1"),
        ({"a": "x"}, {"a": "y"}, "`a` is y, was x"),
        ({"a": [1, 2]}, {"a": [2, 1]}, r"`a` is \[2, 1\], was \[1, 2\]"),
        ({}, {"a": 0.5}, "`a` is 0.5, was not there"),
        ({"a": 0.5}, {}, "`a` is not there, was 0.5"),
        ({"t": {"a": 1, "b": 2}}, {"t": {"a": 1, "b": 3}}, "`t.b` is 3, was 2"),
        ({"t": {"u": {"a": 1}}}, {"t": {"u": {"a": 2}}}, "`t.u.a` is 2, was 1"),
        ({"a": 1, "b": 2}, {"a": 3, "b": 4}, "`a` is 3, was 1; `b` is 4, was 2"),
        ({"t": {"a": 1}}, {"t": 7}, r"`t` is 7, was \{'a': 1\}"),
        ({"a": 1, "b": 2}, {"b": 4}, "`a` is not there, was 1; `b` is 4, was 2"),
    ],
)
def test_every_difference_is_named_with_both_values(
    then: dict[str, Any], now: dict[str, Any], message: str
) -> None:
    with pytest.raises(SweepChanged, match=f"the space .* when this sweep began: {message}$"):
        check_same("space", then, now)
    check_same("space", then, saved(then))


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(SweepChanged, match=r"`a` is x{75} \.\.\., was y$"):
        check_same("space", {"a": "y"}, {"a": 1000 * "x"})


def test_a_fingerprint_decides_and_the_other_facts_explain() -> None:
    then = {"name": "demo", "fingerprint": "aa", "notes": ["3 rows left out"]}
    check_same("corpus", then, {**then, "notes": ["said otherwise now"]})
    with pytest.raises(SweepChanged, match=r"corpus .*`fingerprint` is bb, was aa$"):
        check_same("corpus", then, {**then, "fingerprint": "bb"})
    with pytest.raises(SweepChanged, match=r"`fingerprint` is bb, was aa; `utterances` is 9, was"):
        check_same(
            "corpus", {**then, "utterances": 8}, {**then, "fingerprint": "bb", "utterances": 9}
        )


def test_the_facts_of_the_features_are_their_sizes_and_some_values(toy_task: Activation) -> None:
    facts = features_facts(toy_task)
    assert facts["frames"] == toy_task.frames.shape[0]
    assert facts["coefficients"] == toy_task.frames.shape[1] == 6
    assert facts["training windows"] == toy_task.train.start.size
    assert facts["validation windows"] == toy_task.evaluated.start.size
    values = toy_task.frames.ravel()
    assert facts["values of the features"][0] == pytest.approx(values[0], abs=1e-6)
    assert facts["values of the features"][-1] == pytest.approx(values[-1], abs=1e-6)
    assert len(set(facts["values of the features"])) > 20
    check_same("features", saved(facts), facts)


@pytest.mark.parametrize("apart", [1e-5, -1e-5])
def test_features_that_another_machine_computes_a_little_differently_are_the_same(
    apart: float, toy_task: Activation
) -> None:
    other = dataclasses.replace(toy_task, frames=toy_task.frames + apart)
    check_same("features", saved(features_facts(toy_task)), features_facts(other))


def test_other_features_are_refused(toy_task: Activation) -> None:
    then = saved(features_facts(toy_task))
    other = dataclasses.replace(toy_task, frames=toy_task.frames + 0.01)
    with pytest.raises(
        SweepChanged, match=r"the features .*: `values of the features` is \[.*, was \["
    ):
        check_same("features", then, features_facts(other))
    fewer = dataclasses.replace(toy_task, frames=toy_task.frames[:-3])
    rows = len(toy_task.frames)
    with pytest.raises(SweepChanged, match=f"`frames` is {rows - 3}, was {rows}"):
        check_same("features", then, features_facts(fewer))


@pytest.mark.parametrize("name", available())
def test_a_space_read_back_from_the_sweeps_folder_is_the_same(name: str) -> None:
    space = load(name)
    again = parse(tomllib.loads(space.to_toml()), name, "space.toml")
    check_same("space", saved(space.facts()), again.facts())


def test_a_sweep_may_go_on_with_more_trials_and_with_nothing_else_of_its_budget() -> None:
    then = saved(space_of(trials=6).facts())
    check_same("space", then, space_of(trials=60).facts())
    for key in ("epochs", "seeds", "race_seeds", "check_seeds"):
        with pytest.raises(SweepChanged, match=f"`budget.{key}` is 7, was "):
            check_same("space", then, space_of(**{key: 7}).facts())


def test_an_edited_space_is_refused_with_key_and_values() -> None:
    space = load("adversarial")
    then = saved(space.facts())
    text = tomllib.loads(space.to_toml())
    learning_rate = text["fixed"]["learning_rate"]
    changed = edited(space, f"\nlearning_rate = {learning_rate}\n", "\nlearning_rate = 0.5\n")
    message = f"`fixed.learning_rate` is 0.5, was {learning_rate}$"
    with pytest.raises(SweepChanged, match=message):
        check_same("space", then, changed.facts())


def test_lists_as_long_as_the_features_values_are_compared_as_what_they_are() -> None:
    # A categorical domain, the first configurations or a corpus's notes may have 32 entries too.
    words = [f"word {number}" for number in range(32)]
    check_same("space", {"choices": words}, {"choices": list(words)})
    with pytest.raises(SweepChanged, match=r"`choices` is \['other'"):
        check_same("space", {"choices": words}, {"choices": ["other", *words[1:]]})
    tables = [{"alpha0": float(number)} for number in range(32)]
    check_same("space", {"first": tables}, {"first": [dict(table) for table in tables]})


def test_a_sweep_from_when_there_was_one_floor_goes_on(tmp_path: Path) -> None:
    space = dataclasses.replace(load("adversarial"), floor={"ccc": 0.75})
    old = {"metric": "ccc", "of_baseline": 0.75}
    facts = {**space.facts(), "floor": old}
    check_same("space", as_now(facts), space.facts())
    other = as_now({**facts, "floor": {**old, "of_baseline": 0.5}})
    with pytest.raises(SweepChanged, match=r"floor\.ccc` is 0.75, was 0.5"):
        check_same("space", other, space.facts())
    folder = LocalStorage(tmp_path).folder("old")
    document = {**tomllib.loads(space.to_toml()), "floor": old}
    folder.write("space.toml", tomli_w.dumps(document).encode())
    folder.write("sweep.json", made_facts("old").to_json().encode())
    assert saved_head(LocalStorage(tmp_path), "old").space.floor == {"ccc": 0.75}


def test_a_space_of_an_earlier_version_keeps_its_unit_and_its_samples() -> None:
    facts = load("nonadversarial").facts()
    del facts["features"]["quantise"], facts["fixed"]["temperature"]
    now = as_now(facts)
    assert now["features"]["quantise"] is False
    assert now["fixed"] == {**facts["fixed"], "label_unit": "point", "temperature": 0.5}
    assert as_now({**facts, "search": {"temperature": {}}})["fixed"].get("temperature") is None
    assert as_now(load("nonadversarial").facts()) == load("nonadversarial").facts()
    emotions = load("fairrep").facts()
    del emotions["features"]["quantise"]
    assert as_now(emotions)["fixed"] == emotions["fixed"]
