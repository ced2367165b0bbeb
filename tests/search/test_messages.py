"""Messages on what was typed: nearest names, where it was typed, examples and terms of the help."""

import shutil
from pathlib import Path

import pytest

from search import describe, export, extract, fairser, replicate, report, run, show
from search import list as list_sweeps
from search.arguments import search_arguments
from search.space.space_error import SpaceError
from search.terminal.nearest import nearest
from search.terminal.terms import TERMS
from tests.support import ROOT

STORED = ROOT / "tests/data/refuted"
COMMANDS = {
    "run": run,
    "replicate": replicate,
    "report": report,
    "export": export,
    "list": list_sweeps,
    "show": show,
    "describe": describe,
    "extract": extract,
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STORED, tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert "Traceback" not in output.out + output.err
    return " ".join((output.out + output.err).split())


def test_the_nearest_names_are_those_spelt_alike_or_that_hold_the_name() -> None:
    assert nearest("alpah0", ["alpha0", "alpha1", "batch"]) == "; did you mean alpha0 or alpha1?"
    assert nearest("gap", ["ccc", "recall_gap"]) == "; did you mean recall_gap?"
    assert nearest("zzz", ["ccc", "recall_gap"]) == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--trails 3", "unknown argument '--trails'; did you mean --trials"),
        ("--smoke extra", "unknown argument 'extra' options and examples: "),
        ("http://me:secret@host", "unknown argument 'http://host' options"),
        ("--corpus manfest", "'msp_podcast', 'iemocap'"),
        ("--corpus manfest", "did you mean manifest?"),
    ],
)
def test_an_unknown_option_names_the_nearest(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        run.main(arguments.split())
    assert message in shown(capsys)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("--set alpah0=1.0", ["no setting of method 'adversarial'", "did you mean alpha0",
                              "(--set alpah0=1.0)"]),
        ("--set floor.cc=0.5", ["unknown metric 'cc'", "did you mean ccc", "(--set floor.cc=0.5)"]),
        ("--set budget.trails=5", ["unknown key `trails`", "did you mean trials",
                                   "(--set budget.trails=5)"]),
        ("--set alpha0=high", ["`alpha0` must be of type float, got 'high' (--set alpha0=high)"]),
        ("--space advesarial", ["--space: no space 'advesarial'", "did you mean adversarial"]),
        ("--space x/adversarial.tml", ["no space 'x/adversarial.tml'", "did you mean adversarial"]),
        ("--resume refutd", ["--resume: no sweep 'refutd'", "did you mean refuted"]),
        ("--base refutd", ["--base: no sweep 'refutd'", "did you mean refuted"]),
        ("--space fairper --stage1 refutd", ["--stage1: no sweep 'refutd'", "mean refuted"]),
        ("--group gendr", ["--group: groups need the attribute 'gendr'", "did you mean gender"]),
    ],
)  # fmt: skip
def test_what_was_typed_is_blamed_and_not_the_file(
    arguments: str, parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke = [] if "--resume" in arguments else ["--smoke"]
    assert run.main([*smoke, *arguments.split()]) == 2
    output = shown(capsys)
    for part in parts:
        assert part in output
    assert "spaces/adversarial.toml" not in output


def test_an_unknown_space_is_named_before_the_work_is_imported() -> None:
    with pytest.raises(SpaceError, match="no space 'advesarial'"):
        search_arguments.parse(["--space", "advesarial"])


def test_an_option_is_taken_by_its_whole_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        COMMANDS["list"].main(["--result", "elsewhere"])
    assert "unknown argument '--result'; did you mean --results?" in capsys.readouterr().err


def test_a_column_that_is_unknown_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["--column", "actvation=arousal"])
    assert "got 'actvation=arousal'; did you mean activation?" in capsys.readouterr().err


def test_a_fault_of_the_file_stays_the_files(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "spaces" / "adversarial.toml").read_text()
    Path("own.toml").write_text(text.replace("dropout = 0.3", "drop_out = 0.3"))
    assert run.main(["--smoke", "--space", "own.toml", "--set", "alpha0=1.0"]) == 2
    assert "(own.toml [fixed] drop_out)" in shown(capsys)


@pytest.mark.parametrize("command", ["replicate", "export", "show"])
def test_an_unknown_sweep_names_the_nearest(
    command: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert COMMANDS[command].main(["refutd"]) == 2
    assert "no sweep 'refutd'" in (output := shown(capsys))
    assert "did you mean refuted" in output


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_ends_in_examples(command: str) -> None:
    parser = COMMANDS[command].parser()
    assert f"examples:\n  {parser.prog}" in parser.format_help()


def test_the_help_of_a_search_explains_its_terms() -> None:
    text = " ".join(run.parser().format_help().split())
    for term in ("candidate", "floor", "rung", "hypervolume", "fresh seeds"):
        assert f"{term}: {TERMS[term]}" in text


def test_sweeps_are_listed_and_shown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_sweeps.main([]) == 0
    output = shown(capsys)
    assert "refuted adversarial demo 6" in output
    assert show.main(["refuted"]) == 0
    output = shown(capsys)
    assert "refuted: fresh seeds refute every member of the front" in output
    assert "next python -m search.run --space adversarial" in output  # a smoke sweep


def test_the_list_keeps_a_long_name_on_a_line_of_80_columns(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "classifier_adversarial_vectors-20261201-160315"
    shutil.copytree(here / "refuted", here / name)
    assert list_sweeps.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("classifier")] == [name]
    assert max(map(len, lines[1:])) <= 80


def test_without_sweeps_the_list_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list_sweeps.main([]) == 0
    assert "no sweep in" in shown(capsys)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        fairser.main(["--version"])
    assert shown(capsys).startswith("fairser 0.")
