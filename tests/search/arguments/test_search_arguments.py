"""The command line: what it refuses before anything starts, and its help."""

import runpy
import sys

import pytest

from search.arguments import search_arguments as arguments
from search.arguments.run_request import RunRequest
from tests.support import ROOT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--trials 0", "must be >= 1, got 0"),
        ("--cpus-per-trial 0", "must be > 0, got 0"),
        ("--cpus-per-trial nan", "must be a fraction below 1 or a whole number, got nan"),
        ("--gpus-per-trial inf", "must be a fraction below 1 or a whole number, got inf"),
        ("--name a/b", "must be the name of a folder, got 'a/b'"),
        ("--name=-x", "must be the name of a folder, got '-x'"),
        ("--gpus-per-trial 1.5", "must be a fraction below 1 or a whole number, got 1.5"),
        ("--threshold nan", "must be a finite number, got nan"),
        ("--scale 7", "must be LOW,HIGH, got '7'"),
        ("--set alpha0", "must be key=value, got 'alpha0'"),
        ("--corpus ravdess", "--corpus ravdess needs --corpus-dir"),
        ("--preset null --corpus manifest --corpus-dir x", "--preset goes with --corpus demo"),
        ("--resume x --seed 3", "--seed cannot be given with it"),
        ("--resume x --checkpoint y", "--pretrained cannot be given with it"),
        ("--corpus timit", "invalid choice: 'timit'"),
        ("--race-seeds 0", "must be >= 1, got 0"),
        ("--check-seeds -1", "got -1"),
        ("--scheduler asha", "invalid choice: 'asha' (choose from 'mo-asha', 'none')"),
        ("--sampler cma", "invalid choice: 'cma' (choose from 'posterior', 'tpe', 'gp', 'random')"),
        ("--resume x --scheduler none", "--scheduler cannot be given with it"),
        ("--resume x --stage1 y", "--stage1 cannot be given with it"),
        ("--stage1 y/7", "must be SWEEP or SWEEP/TRIAL@EPOCH, got 'y/7'"),
        ("--stage1 results/y", "must be SWEEP or SWEEP/TRIAL@EPOCH, got 'results/y'"),
        ("--resume x --sampler tpe", "--sampler cannot be given with it"),
        ("--resume x --race-seeds 3", "--race-seeds cannot be given with it"),
        ("--resume x --check-seeds 3", "--check-seeds cannot be given with it"),
        ("--resume results/x --seed 3", "--seed cannot be given with it"),
        ("--max-failures -1", "must be >= 0, got -1"),
    ],
)
def test_a_bad_command_line_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments.parse(options.split())
    assert message in " ".join(capsys.readouterr().err.split())


def test_help_explains_every_option_with_its_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["search/run.py", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(ROOT / "search" / "run.py"), run_name="__main__")
    text = capsys.readouterr().out
    names = (
        "space corpus corpus-dir trials epochs seeds concurrent cpus-per-trial gpus-per-trial "
        "address results tracking-uri name resume set seed smoke threshold skip-broken base "
        "race-seeds check-seeds sampler scheduler max-failures pretrained stage1"
    )
    for name in names.split(" "):
        assert f"--{name}" in text
    assert text.count("(default:") >= 20


def test_options_that_are_not_given_are_absent() -> None:
    assert arguments.parse([]) == RunRequest()
    given = arguments.parse(["--check-seeds", "0", "--race-seeds", "4", "--sampler", "tpe"])
    assert given == RunRequest({"check_seeds": 0, "race_seeds": 4, "sampler": "tpe"})


def test_a_sweep_that_goes_on_may_train_more() -> None:
    assert arguments.parse(["--resume", "x", "--trials", "9"]) == RunRequest(
        {"trials": 9}, resume="x"
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--resume x", {"resume": "x"}),
        ("--resume path/to/results/x", {"resume": "x", "results": "path/to/results"}),
        ("--resume path/to/results/x/", {"resume": "x", "results": "path/to/results"}),
        ("--resume /results/x", {"resume": "x", "results": "/results"}),
        ("--resume s3://bucket/x", {"resume": "x", "results": "s3://bucket"}),
        ("--resume old/x --results new", {"resume": "x", "results": "new"}),
        ("--resume x --results new", {"resume": "x", "results": "new"}),
    ],
)
def test_a_sweep_that_goes_on_is_named_by_itself_or_by_its_folder(
    options: str, expected: dict[str, str]
) -> None:
    assert arguments.parse(options.split()) == RunRequest(**expected)


def test_trials_that_fail_may_be_begun_again_never_and_otherwise_when_a_sweep_goes_on() -> None:
    assert arguments.parse(["--max-failures", "0"]) == RunRequest({"max_failures": 0})
    given = arguments.parse(["--resume", "x", "--max-failures", "5"])
    assert given == RunRequest({"max_failures": 5}, resume="x")


@pytest.mark.parametrize("name", ["y", "y/7@12"])
def test_stage_1_is_a_sweep_or_a_member_of_its_front(name: str) -> None:
    assert arguments.parse(["--stage1", name]) == RunRequest({"stage1": name})
