"""README and documentation: commands that parse, links that lead somewhere, pages that build."""

import base64
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from search.fairser import HELP, module
from search.terminal.command_names import BESIDE
from tests.support import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
GENERATED = {"commands.md", "metrics.md", "demo_front.png"}
"""Files that the site alone has; see docs/hooks.py."""


def commands() -> list[tuple[str, str]]:
    """Page and text of each fairser command in a block of code."""
    texts = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                line = re.sub(r"^python search/(\w+)\.py", _console, line.strip())
                if line.startswith("fairser "):
                    texts.append((page.name, line))
    return texts


def _console(match: re.Match[str]) -> str:
    """Replace the path of a command's file by its words behind `fairser`."""
    words = {file: words for words, file in BESIDE.items()}
    return f"fairser {words[match[1]]}"


@pytest.mark.parametrize(("page", "text"), commands())
def test_every_command_shown_parses(page: str, text: str) -> None:
    arguments = shlex.split(text, comments=True)[1:]
    if ">" in arguments:
        arguments = arguments[: arguments.index(">")]
    words = max((w for w in HELP if arguments[: len(w.split())] == w.split()), key=len)
    module(words).parser().parse_args(arguments[len(words.split()) :])


def test_commands_are_shown() -> None:
    assert len(commands()) > 20


def test_the_readme_has_at_most_120_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if Path(link).name not in GENERATED:
            assert (page.parent / link).exists(), f"{page}: {link}"


@pytest.mark.slow  # imports all commands and builds all pages: half a minute
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="needs pip install -e '.[docs]'")
def test_the_pages_build_without_a_warning_and_need_no_network(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    pages = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.html")}
    assert len(pages) > 18
    loaded = re.compile(
        r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="?(https?://[^">]+)'
    )
    assert [(path, url) for path, text in pages.items() for url in loaded.findall(text)] == []
    assert "<math" in pages[Path("papers.html")]


def test_the_request_of_a_served_model_holds_a_recording_of_any_length(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "hand-over.md").read_text()
    (request,) = [block for block in BLOCK.findall(page) if "/invocations" in block]
    recording = bytes(range(256)) * 4096  # 1 MiB: a command's argument holds 128 KiB
    (tmp_path / "speech.wav").write_bytes(recording)
    (tmp_path / "curl").write_text('#!/bin/sh\necho "$@" > arguments\ncat\n')
    (tmp_path / "curl").chmod(0o755)
    answer = subprocess.run(
        ["bash", "-c", request],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        check=True,
    )
    table = json.loads(answer.stdout)["dataframe_split"]
    assert base64.b64decode(table["data"][0][0]) == recording
    assert "--data-binary @-" in (tmp_path / "arguments").read_text()
