"""Promises on a command that was harmed: how it ended, and what it left."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forked import Ending

from fairser_core.predictor import BundleError, load
from search.front.rule_names import DEFAULT
from search.replication import test_record, test_tables
from search.store.local_storage import LocalStorage
from search.store.log_lines import FILE
from tests.support.mlflow_store import mlflow_client

SIGNALS = {"Ctrl-C": 130, "SIGTERM": 130}
NOT_OURS = ("torchinductor",)  # made by torch as it is imported
FOLDER_HARM = ("removed", "moved", "read-only", "full", "no more files")


def logs(results: Path) -> dict[Path, bytes]:
    """Return the content of every log, without torn lines."""
    contents = {path: path.read_bytes() for path in results.rglob(FILE)}
    return {path: content[: content.rfind(b"\n") + 1] for path, content in contents.items()}


def wrong_end(ending: Ending, kind: str) -> str:
    """Return what is wrong with the end of a command that was harmed; empty if nothing is."""
    errors = ending.output.count("error: ")
    shown = f"status {ending.status}: {ending.output[-900:]}"
    if "Traceback" in ending.output:
        return shown
    if ending.status == 0 or (kind.startswith("killed") and ending.status == -9):
        return ""
    if kind in SIGNALS:
        return "" if ending.status == 130 and "interrupted" in ending.output else shown
    sentence = ending.status == 2 and errors == 1
    return "" if sentence and any(word in kind for word in FOLDER_HARM) else shown


def replicated(results: Path) -> Iterator[str]:
    """Yield the names of the sweeps with a replication."""
    for path in sorted(results.glob("*/replication/test.json")):
        yield path.parent.parent.name


def tests_differ(folder: Path, twin: Path) -> str:
    """Return which test results differ from the uninterrupted ones; empty if none does."""
    mine, theirs = (test_record.read(LocalStorage(each)) for each in (folder, twin))
    wrong = [] if len(mine) == len(theirs) else [f"{len(mine)} tests, not {len(theirs)}"]
    for one, two in zip(mine, theirs, strict=False):
        facts = [(t.name, t.trial, t.values, t.epoch, t.seeds, t.metrics) for t in (one, two)]
        if facts[0] != facts[1]:
            wrong.append(f"{one.name} differs: {facts}")
        tables = [
            test_tables.read_predictions(LocalStorage(path), test)
            for path, test in ((folder, one), (twin, two))
        ]
        if not tables[0].equals(tables[1]):
            wrong.append(f"the predictions of {one.name} differ")
    return "; ".join(wrong)


def looks_hidden(folder: Path, looks: Path, output: str) -> str:
    """Return which looks at test data are stated nowhere; empty if none is."""
    seen = Counter(line.split(maxsplit=1)[1] for line in looks.read_text().splitlines())
    wrong = []
    tests = test_record.read(LocalStorage(folder))
    stated = Counter[str]()
    for test in tests:
        stated[" ".join(map(str, test.seeds))] += len(test.begun)
        times = f"the test was begun {len(test.begun)} times"
        if test.repeated and times not in output:
            wrong.append(f"the screen does not say that {times}")
    return "; ".join(wrong + _more(seen, stated, folder))


def _more(seen: Counter[str], stated: Counter[str], folder: Path) -> list[str]:
    """Return looks that are more than those stated in all replications."""
    others = Counter[str]()
    for path in folder.parent.parent.glob("*/replication"):
        if path != folder and (path / test_record.FILE).exists():
            for test in test_record.read(LocalStorage(path)):
                others[" ".join(map(str, test.seeds))] += len(test.begun)
    return [
        f"seeds {seeds}: {seen[seeds]} looks, {stated[seeds] + others[seeds]} stated"
        for seeds in stated
        if seen[seeds] > stated[seeds] + others[seeds]
    ]


def bundles_differ(work: Path, reference: Path, sweep: str) -> str:
    """Return how bundles differ from the uninterrupted ones; empty if they do not."""
    wrong = []
    exports = Path("results", sweep, "exports")
    names = [path.name for path in (reference / exports).glob("*@*")]
    for name in names:
        mine, theirs = work / exports / name, reference / exports / name
        try:
            load(mine)
        except BundleError as error:
            wrong.append(str(error))
            continue
        for file in ("model.safetensors",):
            if (mine / file).read_bytes() != (theirs / file).read_bytes():
                wrong.append(f"{file} of {name} differs")
        documents = [json.loads((each / "bundle.json").read_text()) for each in (mine, theirs)]
        for document in documents:
            document["provenance"].pop("exported_with")  # command and revision
            document["provenance"] |= {"tests": None, "results": None}
        if documents[0] != documents[1]:
            wrong.append(f"bundle.json of {name} differs")
    if not names:
        wrong.append("there is no bundle")
    return "; ".join(wrong)


def half_registered(uri: str, name: str) -> str:
    """Return what in the registry is not whole; empty if all is."""
    client = mlflow_client(uri)
    versions = {v.version: v for v in client.search_model_versions(f"name = '{name}'")}
    wrong = [] if versions else ["there is no version"]
    for number, version in versions.items():
        state = version.tags.get("fairser.registration")
        if state != "complete" or not version.description or version.status != "READY":
            wrong.append(f"version {number} is {state}, {version.status}")
    newest = max(versions, key=int, default=None)
    aliases: dict[str, Any] = client.get_registered_model(name).aliases if versions else {}
    if DEFAULT not in aliases or {*map(str, aliases.values())} != {str(newest)}:
        wrong.append(f"aliases are {aliases}, the newest version is {newest}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    for model in client.search_logged_models(experiments):
        if model.status != "READY":
            wrong.append(f"the logged model {model.model_id} is {model.status}")
    return "; ".join(wrong)


def reports_differ(work: Path, reference: Path) -> str:
    """Return which files of the report differ, but for dates and commands; empty if none does."""
    folder = Path("results/reports")
    names = sorted(p.relative_to(reference) for p in (reference / folder).rglob("*") if p.is_file())
    mine = sorted(p.relative_to(work) for p in (work / folder).rglob("*") if p.is_file())
    wrong = [] if names == mine else [f"files {[str(n) for n in {*names} ^ {*mine}]}"]
    for name in names:
        table = name.suffix == ".csv" and (work / name).exists()
        if table and (work / name).read_bytes() != (reference / name).read_bytes():
            wrong.append(str(name))
    return "; ".join(wrong)


def temporary(work: Path) -> list[str]:
    """Return temporary files that are left: in the folder of such files, and among the results."""
    left = [path.name for path in (work / "tmp").iterdir() if not path.name.startswith(NOT_OURS)]
    for path in (work / "results").rglob("*"):
        if re.search(r"\.part$|^\.writable|^\.mlflow\.db\.", path.name):
            left.append(str(path.relative_to(work)))
    return left
