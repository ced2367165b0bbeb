"""Start of a study of one's own recordings: a table of them, and a space."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from fairser_core.csv_cells import cell
from fairser_core.files.tree import AUDIO, UNREAD, UNREADABLE, Tree
from search.space.files import SPACES
from search.space.load import load
from search.tasks.tasks import TASKS
from search.terminal.command_names import typed
from search.terminal.console import CommandError, say

SPACE = "space.toml"


def run(folder: Path, audio: Path | None, space: str, console: Console) -> None:
    """Run the command.

    Raises:
        CommandError: there is no folder of recordings, it has none, or a file exists already.
    """
    task = TASKS[load(space).task]
    recordings = sorted(_recordings(audio, folder)) if audio else []
    (main, columns), *others = task.tables.items()
    contents = {main: _table(columns, recordings)}
    contents |= {name: _table(beside, []) for name, beside in others}
    contents[SPACE] = (SPACES / f"{space}.toml").read_text(encoding="utf-8")
    if strange := [path for path in recordings if not path.isprintable()]:
        raise CommandError(f"names of recordings must be text in one line, got {strange[0]!a}")
    if there := [folder / name for name in contents if (folder / name).exists()]:
        raise CommandError(f"{there[0]} exists, and files are never replaced: name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        with (folder / name).open("x", encoding="utf-8", newline="") as file:
            file.write(content)
    rest = [name for name in columns if name != columns[0]]
    say(console, f"table  {folder / main}: {len(recordings):,} recordings; fill in "
        f"{', '.join(rest)}")  # fmt: skip
    for name, beside in others:
        say(console, f"table  {folder / name}: fill in {', '.join(beside)}")
    say(console, f"space  {folder / SPACE}: a copy of {space}")
    corpus = f"--corpus manifest --corpus-dir {folder / main}"
    say(console, f"next   {typed('corpus describe')} {corpus}")
    say(console, f"next   {typed('run')} --space {folder / SPACE} {corpus}")


def _recordings(audio: Path, folder: Path) -> Iterator[str]:
    """Yield the paths of the recordings below a folder, relative to that of the table.

    Data that are no recordings, and recordings that are hidden, are counted on stderr.
    """
    if not audio.is_dir():
        raise CommandError(f"{audio} must be a folder of recordings, and is none")
    tree = Tree(str(audio))
    paths = tree.recordings(AUDIO, lambda suffix: UNREADABLE if suffix in UNREAD else "")
    for note in tree.notes():
        say(Console(stderr=True), f"note: {note}")
    if not paths:
        raise CommandError(f"{audio} has no recordings: no file ends in e.g. .wav, .flac or .mp3")
    for path in paths:
        name = os.path.relpath(path, folder)
        yield f"./{name}" if cell(name) != name else name  # no formula of a spreadsheet


def _table(columns: tuple[str, ...], recordings: list[str]) -> str:
    """Return a table as CSV, whose first column alone is filled in."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([path, *("" for _ in columns[1:])] for path in recordings)
    return text.getvalue()
