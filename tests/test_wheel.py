import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from search.space.files import available
from search.space.load import load
from tests.support import ROOT


def container_files() -> list[str]:
    """Names of files and folders that the Containerfile copies into the image."""
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return [name for names in copied for name in names]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what a wheel installs, built of the files that the container takes."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in container_files():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(folder), str(source)],
        check=True,
    )  # fmt: skip
    (wheel,) = folder.glob("fairser-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_spaces_travel_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "from search.space.files import available\n"
        "from search.space.load import load\n"
        "print(*map(load, available()), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [repr(load(name)) for name in available()]


def test_what_a_report_s_page_is_made_of_travels_with_the_wheel(installed: Path) -> None:
    names = {
        path.name
        for package in ("reporting", "presentation")
        for path in (installed / "search" / package).rglob("*")
        if path.is_file() and path.suffix != ".py"
    }
    assert names == {
        "front.html.j2", "page.html.j2", "page.css", "drawing.css", "axes.js", "marks.js",
        "traces.js", "labels.js", "pointer.js", "figure.js", "page.js",
    }  # fmt: skip


def test_a_container_gets_no_other_file() -> None:
    ignored = (ROOT / ".containerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == set(container_files())


def test_the_wheel_holds_the_code_and_the_spaces_and_nothing_else(installed: Path) -> None:
    roots = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert roots == {"fairser_core", "search", "spaces"}
    assert {path.name for path in (installed / "spaces").iterdir()} == {
        path.name for path in (ROOT / "spaces").iterdir() if path.suffix == ".toml"
    }
