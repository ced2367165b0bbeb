"""Options that lead out of a results folder: one's own are taken, others on one's word alone."""

import dataclasses
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from search import export, replicate, report, run
from search.arguments.run_options import REACHING, RunOptions
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.sweep.facts import SweepFacts, read_facts
from search.sweep.head import SweepHead
from search.sweep.signature import key_file
from search.sweep.trust import Untrusted, trusted_options
from tests.support.facts import made_facts

VALUES: dict[str, Any] = {
    "address": "203.0.113.7:6379",
    "tracking_uri": "http://203.0.113.7",
    "corpus_dir": Path("/home/somebody/corpus"),
    "raters": Path("/home/somebody/raters.csv"),
    "pretrained": Path("/home/somebody/model.pt"),
}
"""Options by name; nobody owns the addresses (RFC 5737)."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStorage:
    """A sweep's folder without options that lead out of it."""
    monkeypatch.chdir(tmp_path)
    return written(LocalStorage(tmp_path / "results" / "x"))


def written(folder: LocalStorage, **options: Any) -> LocalStorage:
    """Write a sweep that this user began."""
    space = load("adversarial")
    space = dataclasses.replace(space, floor={}, reference={**space.reference, "ccc": 0.0})
    facts = dataclasses.replace(made_facts("x"), options=RunOptions().changed(options))
    SweepHead("x", folder, space, facts).write()
    return folder


def edit(folder: LocalStorage, **options: Any) -> SweepFacts:
    """Edit the options in sweep.json, as a stranger would, and return the facts."""
    path = folder.path / "sweep.json"
    facts = json.loads(path.read_text())
    del facts["seal"]
    facts["options"] |= {name: str(value) for name, value in options.items()}
    path.write_text(json.dumps(facts))
    read = read_facts(folder)
    assert read
    return read


def test_these_are_all_options_that_lead_out() -> None:
    assert set(VALUES) == set(REACHING)


def test_options_that_this_user_gave_are_taken_as_they_are(folder: LocalStorage) -> None:
    facts = read_facts(written(folder, **VALUES))
    assert facts
    assert facts.own
    assert trusted_options(facts, folder, {}) == RunOptions().changed(VALUES)


def test_a_folder_that_names_nothing_outside_needs_no_word(folder: LocalStorage) -> None:
    facts = edit(folder, sampler="gp")
    assert not facts.own
    assert trusted_options(facts, folder, {}).sampler == "gp"


@pytest.mark.parametrize("name", REACHING)
def test_an_edited_option_is_named_and_refused(folder: LocalStorage, name: str) -> None:
    facts = edit(folder, **{name: VALUES[name]})
    dashed = name.replace("_", "-")
    rule = rf"x/sweep\.json was not written by you on this machine.*`{dashed}` {VALUES[name]}; to"
    with pytest.raises(Untrusted, match=rule):
        trusted_options(facts, folder, {})
    unused = [other for other in REACHING if other != name]
    assert trusted_options(facts, folder, {}, unused) == facts.options


@pytest.mark.parametrize("name", ["address", "tracking_uri"])
def test_the_command_line_replaces_it(folder: LocalStorage, name: str) -> None:
    facts = edit(folder, **{name: VALUES[name]})
    options = trusted_options(facts, folder, {name: "mine"})
    assert VALUES[name] not in json.dumps(options.to_json())


def test_what_is_accepted_is_named_on_the_screen(
    folder: LocalStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = edit(folder, **VALUES)
    assert trusted_options(facts, folder, {"trust_folder": True}, console=Console(width=200))
    shown = " ".join(capsys.readouterr().out.split())
    assert "sweep.json: `address` 203.0.113.7:6379, `tracking-uri` http://203.0.113.7," in shown
    assert "`corpus-dir` /home/somebody/corpus" in shown


def test_a_signature_of_another_sweep_or_user_is_none(
    folder: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.loads((folder.path / "sweep.json").read_text())
    (folder.path / "sweep.json").write_text(json.dumps({**facts, "id": "another"}))
    assert not edit(folder).own
    for forged in (None, 3, "", "é", "0" * 64):
        (folder.path / "sweep.json").write_text(json.dumps({**facts, "signature": forged}))
        assert not edit(folder).own
    written(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    assert not edit(folder).own


def test_only_the_user_can_read_the_key(folder: LocalStorage) -> None:
    assert len(key_file().read_bytes()) == 32
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600


def test_a_machine_without_a_key_treats_every_folder_as_foreign(
    folder: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    written(folder)
    assert "signature" not in json.loads((folder.path / "sweep.json").read_text())
    assert not edit(folder).own


def test_facts_that_nobody_accepted_are_not_signed(folder: LocalStorage) -> None:
    facts = edit(folder, **VALUES)
    assert "signature" not in json.loads(facts.to_json())


def test_no_password_reaches_sweep_json_and_its_lack_is_named(folder: LocalStorage) -> None:
    uri = "postgresql://me:secret@host/db"
    facts = read_facts(written(folder, tracking_uri=uri))
    assert facts
    assert "secret" not in (folder.path / "sweep.json").read_text()
    with pytest.raises(Untrusted, match=r"postgresql://\*\*\*@host/db without its credentials"):
        trusted_options(facts, folder, {})
    assert trusted_options(facts, folder, {"tracking_uri": uri}).tracking_uri == uri


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run --resume": run.main,
    "replicate": replicate.main,
    "export": export.main,
    "export --register": export.main,
}


@pytest.mark.parametrize("name", ["address", "tracking_uri", "corpus_dir"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_refuses_what_it_would_use(
    folder: LocalStorage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    name: str,
) -> None:
    edit(folder, **{name: VALUES[name]})
    monkeypatch.setattr("socket.create_connection", None)
    assert COMMANDS[command]([*command.split()[1:], str(folder.path)]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    uses = {"export": ["corpus_dir"], "export --register": ["corpus_dir", "tracking_uri"]}
    used = name in uses.get(command, [name])
    assert ("was not written by you on this machine" in shown) is used, shown


@pytest.mark.parametrize(
    ("field", "value"), [("baseline", "/etc"), ("baseline", "../other"), ("baseline", "a/b")]
)
def test_a_sweep_names_its_baseline_beside_it(
    folder: LocalStorage, capsys: pytest.CaptureFixture[str], field: str, value: str
) -> None:
    path = folder.path / "sweep.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    for command in (run.main, report.main):
        assert command((["--resume"] if command is run.main else []) + [str(folder.path)]) == 2
        shown = " ".join(capsys.readouterr().err.split())
        assert f"`{field}` must be the name of a folder beside this one or null, got '{value}'" in (
            shown
        )
