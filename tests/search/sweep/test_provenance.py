import platform
from importlib.metadata import version

from search.sweep.provenance import GitState, changes, versions

GIT = GitState("abc", dirty=False)
THEN = {"python": "3.11.2", "torch": "2.12"}


def test_versions_are_those_that_run_now() -> None:
    installed = versions()
    assert installed["python"] == platform.python_version()
    assert installed["torch"] == version("torch")


def test_an_unchanged_sweep_has_nothing_to_report() -> None:
    assert changes({}, None, versions(), GIT) == []
    assert changes(THEN, GIT, dict(THEN), GitState("abc", dirty=False)) == []


def test_each_package_that_changed_is_reported_with_both_versions() -> None:
    notes = changes(THEN, GIT, {"python": "3.11.2", "torch": "2.13"}, GIT)
    assert notes == [
        "torch is 2.13, was 2.12 when this sweep ran last: from here on its results may differ in "
        "their last digits"
    ]
    assert len(changes(THEN, GIT, {"python": "3.12.0", "torch": "not installed"}, GIT)) == 2


def test_a_package_nobody_recorded_is_no_change() -> None:
    assert changes(THEN, GIT, {**THEN, "optuna": "5"}, GIT) == []


def test_other_code_is_reported_with_both_revisions() -> None:
    notes = changes(THEN, GIT, dict(THEN), GitState("def", dirty=True))
    assert notes == ["the code is at def, was at abc"]
    # Where there was no checkout, there is nothing to compare with.
    assert changes(THEN, None, dict(THEN), GIT) == []
