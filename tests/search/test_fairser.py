"""The console command: all others behind one word, in a shell that completes them."""

import contextlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from search import fairser
from search.fairser import HELP, module
from search.terminal.command_names import BESIDE, typed
from tests.support import ROOT


def test_each_command_is_a_file_of_search_or_the_predictor() -> None:
    assert {*HELP} == {*BESIDE, "predict"}
    for words in HELP:
        assert callable(module(words).main)
        assert module(words).parser().prog.endswith(BESIDE.get(words, "predictor").split()[-1])


def test_the_project_installs_it() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"fairser": "search.fairser:main"}


def test_options_go_to_the_command_that_the_first_words_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fairser.main(["corpus", "describe", "--corpus", "manifest", "--corpus-dir", "no"]) == 2
    assert "no does not exist" in capsys.readouterr().err
    assert fairser.main(["replicate", "nothing"]) == 2
    assert "no sweep 'nothing'" in " ".join(capsys.readouterr().err.split())
    assert fairser.main(["predict", "no-bundle", "speech.wav"]) == 2
    assert "no-bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["search"], "invalid choice: 'search'"),
        ([], "a command is needed: init, run, "),
        (["corpus"], "fairser corpus: error: the following arguments are required: COMMAND"),
        (["corpus", "delete"], "invalid choice: 'delete'"),
    ],
)
def test_what_is_no_command_is_named(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        fairser.main(words)
    assert message in capsys.readouterr().err


def test_it_helps_without_the_time_that_ray_takes() -> None:
    code = "import sys; from search import fairser; fairser.parser(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"ray", "mlflow", "torch", "optuna"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("argv", "orig_argv", "expected"),
    [
        ("/env/bin/fairser", ["python", "/env/bin/fairser"], "fairser replicate"),
        ("search/run.py", ["python", "search/run.py"], "python search/replicate.py"),
        ("/a/search/run.py", ["python", "/a/search/run.py"], "python /a/search/replicate.py"),
        ("/a/search/run.py", ["python", "-m", "search.run"], "python -m search.replicate"),
        ("/env/bin/pytest", ["python", "/env/bin/pytest"], "python -m search.replicate"),
    ],
)
def test_texts_name_commands_as_the_user_types_them(
    argv: str, orig_argv: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [argv])
    monkeypatch.setattr(sys, "orig_argv", orig_argv)
    assert typed("replicate") == expected
    console = argv.endswith("fairser")
    assert typed("predict") == (
        "fairser predict" if console else "python -m fairser_core.predictor"
    )


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `--print-completion bash` prints."""
    file = tmp_path_factory.mktemp("completion") / "fairser.bash"
    with (
        file.open("w") as script,
        contextlib.redirect_stdout(script),
        pytest.raises(SystemExit, match="0"),
    ):
        fairser.main(["--print-completion", "bash"])
    return file


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fairser re", {"replicate", "report"}),
        ("fairser corpus ", {"describe", "extract"}),
        ("fairser run --sp", {"--space"}),
        ("fairser run --sampler ", {"posterior", "tpe", "gp", "random"}),
        ("fairser run --resume ", {"first", "second"}),
        ("fairser run --pretrained res", {"results"}),
        ("fairser replicate f", {"first"}),
        ("fairser export s", {"second"}),
    ],
)
def test_a_shell_offers_commands_options_and_sweeps(
    line: str, offered: set[str], script: Path, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "sweep.json").touch()
    (tmp_path / "results" / "mlartifacts").mkdir()
    ask = """
        source "$1"; COMP_LINE="$2"; read -ra COMP_WORDS <<< "$2"
        [[ "$2" == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        bound=$(complete -p fairser); bound=${bound##*-F }
        ${bound%% *} fairser "${COMP_WORDS[COMP_CWORD]}"
        printf '%s\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", ask, "ask", str(script), line],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(done.stdout.split()) == offered


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        fairser.main(["sho", "first"])
    assert "did you mean show?" in capsys.readouterr().err
