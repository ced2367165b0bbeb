"""Facts of a sweep: what sweep.json may hold, and the error for everything else."""

import dataclasses
import json
import re
from typing import Any

import pytest

from search.store.storage import StorageError
from search.sweep.facts import SweepFacts
from search.sweep.provenance import GitState
from tests.support import ROOT

SOURCE = "results/x/sweep.json"
FACTS: dict[str, Any] = {
    "name": "x",
    "id": "0f",
    "space": "adversarial",
    "corpus": {"name": "toy", "fingerprint": "ab", "utterances": {"train female": 3}},
    "options": {"seed": 3, "cpus_per_trial": 2, "gpus_per_trial": None, "scale": [1, 7]},
    "git": {"revision": "abc", "dirty": False},
    "lane_seeds": [0, 1],
}
EARLIER = sorted((ROOT / "tests" / "data" / "earlier" / "sweeps").rglob("sweep.json"))


def changed(path: str, value: Any) -> str:
    """Return the content of sweep.json with one value replaced."""
    facts = json.loads(json.dumps(FACTS))
    *tables, key = path.split(".")
    table = facts
    for name in tables:
        table = table[name]
    table[key] = value
    return json.dumps(facts)


@pytest.mark.parametrize("path", EARLIER, ids=lambda path: path.parent.name)
def test_facts_of_an_earlier_version_are_read_and_written_again(path: Any) -> None:
    facts = SweepFacts.from_json(path.read_bytes(), str(path))
    assert SweepFacts.from_json(facts.to_json(), str(path)) == facts
    earlier, now = json.loads(path.read_bytes()), json.loads(facts.to_json())
    assert len(now.pop("seal")) == 64
    assert now == earlier
    assert len(EARLIER) >= 8


def test_facts_are_read_into_tuples_and_dataclasses() -> None:
    facts = SweepFacts.from_json(json.dumps(FACTS), SOURCE)
    assert (facts.lane_seeds, facts.options.corpus.scale) == ((0, 1), (1, 7))
    assert (facts.options.seed, facts.options.machine.cpus_per_trial) == (3, 2)
    assert facts.options.machine.gpus_per_trial is None
    assert facts.git == GitState("abc", dirty=False)


def test_trials_of_earlier_versions_kept_their_own_fronts_alone() -> None:
    earlier = SweepFacts.from_json(json.dumps(FACTS), SOURCE)
    assert earlier.kept == "front"
    now = dataclasses.replace(earlier, kept="feasible")
    assert SweepFacts.from_json(now.to_json(), SOURCE).kept == "feasible"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", 7, "`name` must be text, got 7"),
        ("lane_seeds", [0, "1"], "`lane_seeds` must be a list of whole numbers, got [0, '1']"),
        ("tags", {"a": 1}, "`tags` must be a table of texts, got {'a': 1}"),
        ("options", [], "`options` must be a table of values, got []"),
        ("options.seed", "3", "`options.seed` must be a whole number, got '3'"),
        ("options.seed", True, "`options.seed` must be a whole number, got True"),
        ("options.cpus_per_trial", "2", "`options.cpus_per_trial` must be a finite number"),
        ("options.cpus_per_trial", float("inf"), "`options.cpus_per_trial` must be a finite numb"),
        (
            "options.sampler",
            "cmaes",
            "`options.sampler` must be one of posterior, tpe, gp, random, got",
        ),
        ("options.scale", [1, 2, 3], "`options.scale` must be a list of 2 finite numbers or null"),
        ("options.smoke", "yes", "`options.smoke` must be true or false, got 'yes'"),
        ("corpus", "toy", "`corpus` must be a table of values, got 'toy'"),
        ("corpus", {"name": "toy"}, "`corpus.fingerprint` is missing"),
        ("corpus.notes", "none", "`corpus.notes` must be a list of texts, got 'none'"),
        ("corpus.utterances", {"a": 1.5}, "`corpus.utterances` must be a table of whole numbers"),
        ("features", 3, "`features` must be a table of values, got 3"),
        ("checkpoint", {"file": "a.pt"}, "`checkpoint.fingerprint` is missing"),
        ("git", "abc", "`git` must be a table of values, got 'abc'"),
        ("git.dirty", "no", "`git.dirty` must be true or false, got 'no'"),
        ("stage1", {"sweep": "rep"}, "`stage1.id` is missing"),
    ],
)
def test_a_fact_of_another_type_is_named_with_file_value_and_rule(
    path: str, value: Any, message: str
) -> None:
    expected = re.escape(f"{SOURCE} is not of a sweep: {message}")
    with pytest.raises(StorageError, match=f"^{expected}"):
        SweepFacts.from_json(changed(path, value), SOURCE)


@pytest.mark.parametrize("path", ["corpus.language", "git.branch", "options.groups"])
def test_a_key_of_a_newer_version_is_named_as_such(path: str) -> None:
    expected = rf"^{SOURCE} cannot be read: `{path}` is unknown; there are .*\. A newer fairser wr"
    with pytest.raises(StorageError, match=expected):
        SweepFacts.from_json(changed(path, "x"), SOURCE)
