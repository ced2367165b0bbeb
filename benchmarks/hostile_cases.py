"""Cases of hostile inputs, by kind. A kind is a function that yields cases: add it to `KINDS`."""

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import ROOT
from tests.support.bomb import Bomb

EARLIER = ROOT / "tests" / "data" / "earlier"
SWEEP, BASELINE = "old", "baseline-7b608b6d51"
HOST = "203.0.113.7"  # nobody's (RFC 5737)
Change = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """A hostile input and the command that reads it.

    Attributes:
        kind: key of `KINDS`.
        title: the change in words.
        change: function that changes the folder `results/old`, or `bundle`.
        command: words of the command; SWEEP, BUNDLE and OUTSIDE stand for paths.
        names: text that the command must show: the file, or more of the error.
        status: exit status.
    """

    kind: str
    title: str
    change: Change
    command: str
    names: str
    status: int = 2

    def prepare(self, folder: Path) -> list[str]:
        """Write the input into a folder, and return the words of the command."""
        for name in (SWEEP, BASELINE):
            shutil.copytree(EARLIER / "sweeps" / name, folder / "results" / name)
        shutil.copytree(EARLIER / "bundle", folder / "bundle")
        (folder / "outside").mkdir()
        (folder / "outside" / "file").write_text("mine\n")
        self.change(folder / ("bundle" if self.kind.startswith("bundle") else f"results/{SWEEP}"))
        places = {
            "SWEEP": folder / "results" / SWEEP,
            "BUNDLE": folder / "bundle",
            "OUTSIDE": folder / "outside",
        }
        return [str(places.get(word, word)) for word in self.command.split()]


def put(name: str, content: bytes) -> Change:
    """Return the change that puts another content into a file."""

    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return change


def edit(name: str, path: str, value: Any) -> Change:
    """Return the change of a field of a JSON file; the path's parts are joined by slashes."""

    def change(folder: Path) -> None:
        document = json.loads((folder / name).read_text())
        *parts, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        table = document
        for part in parts:
            table = table[part]
        table[last] = value
        (folder / name).write_text(json.dumps(document))

    return change


def link(name: str, target: str = "../../outside/file") -> Change:
    """Return the change that puts a link in the place of a file or folder."""

    def change(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target if os.path.isabs(target) else folder / target)

    return change


def special(name: str, make: Callable[[Path], object]) -> Change:
    """Return the change that puts a pipe, a folder or an endless file in the place of a file."""

    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make(folder / name)

    return change


def endless(path: Path) -> None:
    """Make a file of 10 TB without content."""
    path.touch()
    os.truncate(path, 10**13)


def contents() -> dict[str, bytes]:
    """Return contents that are no JSON table, by name."""
    return {
        "empty": b"",
        "a list": b"[1, 2]",
        "a number": b"7",
        "null": b"null",
        "torn": b'{"a": ',
        "binary": bytes(range(256)),
        "pickle": pickle.dumps(Bomb(Path("exploded"))),
        "lists in 100,000 lists": b"[" * 100_000,
        "tables in 1,000 tables": b'{"a":' * 1000 + b"1" + b"}" * 1000,
        "NaN": b'{"a": NaN}',
        "1e999": b'{"a": 1e999}',
        "a number of 5,000 digits": b'{"a": ' + b"1" * 5000 + b"}",
        "a key twice": b'{"a": 1, "a": 2}',
        "UTF-16": '{"a": 1}'.encode("utf-16"),
        "half a character": b'{"a": "\\ud800"}',
        "three million values": b'{"a": [' + b"[]," * 3_000_000 + b"[]]}",
    }


RECORDS = {
    "sweep.json": "report SWEEP",
    "corpus.json": "report SWEEP",
    "resolution.json": "report SWEEP",
    "speakers.json": "report SWEEP",
    "replication/test.json": "report SWEEP",
    "replication/sweep.json": "replicate SWEEP --pick all --seeds 2",
    "replication/choices.json": "replicate SWEEP --pick all --seeds 2",
}
"""JSON files of a sweep, with a command that reads each."""
FILES = {**RECORDS, "space.toml": "report SWEEP", "trials.jsonl": "report SWEEP"}


def documents() -> Iterator[Case]:
    """Yield contents that are no JSON table, in the place of each JSON file."""
    for name, command in RECORDS.items():
        for title, content in contents().items():
            yield Case("documents", f"{name}: {title}", put(name, content), command, name)


def special_files() -> Iterator[Case]:
    """Yield pipes, folders and endless files in the place of files."""
    for name, command in FILES.items():
        for title, make in {"pipe": os.mkfifo, "folder": Path.mkdir, "endless": endless}.items():
            yield Case("special files", f"{name}: {title}", special(name, make), command, name)


def links() -> Iterator[Case]:
    """Yield links that lead out of the folder, in the place of files and folders."""
    for name, command in FILES.items():
        yield Case("links", f"{name} leads outside", link(name), command, name)
        yield Case("links", f"{name} leads to /etc", link(name, "/etc/passwd"), command, name)
        yield Case("links", f"{name} leads to itself", link(name, name), command, name)
        yield Case("links", f"{name} leads to /dev/zero", link(name, "/dev/zero"), command, name)
    for name, command in {
        "replication": "report SWEEP",
        "replication/trials": "report SWEEP",
        "trials": "export SWEEP --anyway --pick knee --out copy",
        "trials/0001": "export SWEEP --anyway --pick knee --out copy",
        "trials/0001/epoch-00002.model": "export SWEEP --anyway --pick knee --out copy",
        "exports": "export SWEEP --anyway --pick knee",
        f"../{BASELINE}": "report SWEEP",
    }.items():
        shown = Path(name).name
        yield Case("links", f"{name} leads outside", link(name, "../../outside"), command, shown)
        yield Case("links", f"{name} leads to /tmp", link(name, "/tmp"), command, shown)


WRONG: dict[type, tuple[Any, ...]] = {
    str: (7, None, ["x"], {"a": 1}, True),
    int: ("7", None, [1], {"a": 1}, 1.5, True, 10**30),
    float: ("0.5", [0.5], {"a": 1}, True),
    bool: ("true", 1, [True]),
    list: ("x", 7, {"a": 1}, [{"a": 1}]),
    dict: ("x", 7, [1]),
}
"""Values of other types than a field has, by its type."""


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields of a document and what they hold."""
    if path:
        yield path, value
    items = value.items() if isinstance(value, dict) else ()
    for key, item in items:
        yield from _fields(item, f"{path}/{key}" if path else key)


def fields() -> Iterator[Case]:
    """Yield fields of other types, in sweep.json."""
    document = json.loads((EARLIER / "sweeps" / SWEEP / "sweep.json").read_text())
    for path, value in _fields(document):
        top = path.split("/")[0]
        if top in ("searched", "features", "seed", "floor") or value is None:
            continue  # compared with others, or not read
        for wrong in WRONG[type(value)]:
            if wrong is None and (path.startswith("options/") or path == "baseline"):
                continue  # they may be null
            change = edit("sweep.json", path, wrong)
            title = f"sweep.json: {path} {str(wrong)[:12]}"
            yield Case("fields", title, change, "report SWEEP", "sweep.json")


OUTWARD = {
    "address": f"{HOST}:6379",
    "tracking_uri": f"http://{HOST}",
    "corpus_dir": "/etc",
    "raters": "/etc/passwd",
    "pretrained": "/etc/passwd",
}


def outward() -> Iterator[Case]:
    """Yield options that lead out of the folder."""
    for name, value in OUTWARD.items():
        change, dashed = edit("sweep.json", f"options/{name}", value), name.replace("_", "-")
        shown = f"`{dashed}` {value}"
        yield Case("outward", f"{name}: resume", change, "run --resume SWEEP", shown)
        yield Case("outward", f"{name}: replicate", change, "replicate SWEEP", shown)
        if name not in ("address", "tracking_uri"):
            yield Case(
                "outward",
                f"{name}: export",
                change,
                "export SWEEP --anyway --pick knee --out copy",
                shown,
            )
    change = edit("sweep.json", "options/tracking_uri", OUTWARD["tracking_uri"])
    command = "export SWEEP --anyway --pick knee --out copy --register"
    yield Case("outward", "tracking_uri: register", change, command, OUTWARD["tracking_uri"])
    for value in (OUTWARD["tracking_uri"], f"postgresql://{HOST}/db", "sqlite:////tmp/x/mlflow.db"):
        change = edit("sweep.json", "options/tracking_uri", value)
        shown = f"`tracking-uri` {value}"
        yield Case("outward", f"report: {value}", change, "report SWEEP", shown, status=0)
    for name in ("/etc", "../outside", "a/b", "..", "", "a\nb", "C:x"):
        change = edit("sweep.json", "baseline", name)
        for command in ("report SWEEP", "run --resume SWEEP", "replicate SWEEP"):
            yield Case("outward", f"baseline {name!r}: {command}", change, command, "`baseline`")
    for key in ("told", "represented"):
        for name in ("/etc/passwd", "../../../outside/file", "a\x1b]0;x\x07"):
            change = edit("replication/test.json", f"models/0/{key}", name)
            yield Case("outward", f"test.json {key} {name!r}", change, "report SWEEP", f".{key}`")


SPACES = {
    "empty": "",
    "no TOML": "= 1",
    "deep": "a = " + "[" * 100_000,
    "a long key": "a." * 50_000 + "b = 1",
    "an unknown key": "surprise = 1",
    "a date": "method = 1979-05-27",
    "an unknown method": 'method = "os.system"\ntask = "activation"',
    "an unknown task": 'method = "adversarial"\ntask = "__import__"',
    "a list as task": 'task = ["activation"]',
    "a list as objective": 'task = "activation"\nmethod = "adversarial"\nobjectives = [["ccc"]]',
    "features before anything": "[features]\nframe = 1",
    "a number as floor": 'task = "activation"\nmethod = "adversarial"\nfloor = 1',
    "a table as method": 'task = "activation"\nmethod = {a = 1}',
}


def spaces() -> Iterator[Case]:
    """Yield spaces that are none."""
    for title, text in SPACES.items():
        change = put("space.toml", text.encode())
        yield Case("spaces", title, change, "report SWEEP", "space.toml")
    whole = (EARLIER / "sweeps" / SWEEP / "space.toml").read_text()
    for line in whole.splitlines():
        key, equals, _ = line.partition(" = ")
        if not equals:
            continue
        for wrong in ('"x"', "nan", "-1e308", "{a = 1}"):
            changed = whole.replace(line, f"{key} = {wrong}", 1)
            title = f"{key} = {wrong}"
            far = (key, wrong) == ("recall_gap", "-1e308")  # a reference point, if a strange one
            if not far and (key in ("method", "task") or wrong != '"x"'):
                change = put("space.toml", changed.encode())
                yield Case("spaces", title, change, "report SWEEP", "space.toml")


def bundles() -> Iterator[Case]:
    """Yield bundles with another content, or fields of other types."""
    command = "predict BUNDLE OUTSIDE"
    for name in ("bundle.json", "model.safetensors"):
        for title, content in contents().items():
            yield Case("bundles", f"{name}: {title}", put(name, content), command, name)
        for title, make in {"pipe": os.mkfifo, "folder": Path.mkdir, "endless": endless}.items():
            yield Case("bundles", f"{name}: {title}", special(name, make), command, name)
    document = json.loads((EARLIER / "bundle" / "bundle.json").read_text())
    for path, value in _fields(document):
        if path.split("/")[0] in ("metrics", "provenance") or value is None:
            continue
        for wrong in WRONG[type(value)][:2]:
            if wrong is not None:
                change = edit("bundle.json", path, wrong)
                yield Case("bundles", f"{path} {wrong}", change, command, "bundle.json")


KINDS: dict[str, Callable[[], Iterator[Case]]] = {
    "documents": documents,
    "special files": special_files,
    "links": links,
    "fields": fields,
    "outward": outward,
    "spaces": spaces,
    "bundles": bundles,
}


def cases() -> list[Case]:
    """Return all cases, kind by kind."""
    return [case for kind in KINDS.values() for case in kind()]
