import platform
from importlib.metadata import version

from search.sweep.provenance import changes, versions

GIT = {"revision": "abc", "dirty": False}
THEN = {"versions": {"python": "3.11.2", "torch": "2.12"}, "git": GIT}


def test_versions_are_those_that_run_now() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["torch"] == version("torch")


def test_a_new_sweep_and_an_unchanged_one_have_nothing_to_tell() -> None:
    assert changes({}, versions(), GIT) == []
    assert changes(THEN, dict(THEN["versions"]), dict(GIT)) == []


def test_each_package_that_changed_is_told_with_both_versions() -> None:
    told = changes(THEN, {"python": "3.11.2", "torch": "2.13"}, GIT)
    assert told == [
        "torch is 2.13, was 2.12 when this sweep ran last: from here on its results may differ in "
        "their last digits"
    ]
    assert len(changes(THEN, {"python": "3.12.0", "torch": "not installed"}, GIT)) == 2


def test_a_package_nobody_recorded_is_no_change() -> None:
    assert changes(THEN, {**THEN["versions"], "optuna": "5"}, GIT) == []


def test_other_code_is_told_with_both_revisions() -> None:
    told = changes(THEN, dict(THEN["versions"]), {"revision": "def", "dirty": True})
    assert told == ["the code is at def, was at abc"]
    # Where there was no checkout, there is nothing to compare with.
    assert changes({**THEN, "git": None}, dict(THEN["versions"]), GIT) == []
