"""What stands in the lines of a log: byte for byte, of earlier versions, and what is refused."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from search.store.local_storage import LocalStorage
from search.store.log import End, Log
from search.store.log_lines import FILE, read_lines
from search.store.log_mark import REPAIR, LogDamaged
from search.store.operations import FIELDS, FORMAT_VERSION, Operation
from search.store.storage import StorageError
from search.store.trials import EpochRecord, TrialRecord

OLD = rb"""
{"event": "began", "time": 1700000000.0}
{"event": "suggested", "trial": 0, "values": {"alpha0": 1e-05, "hidden": 8, "kind": "mean", "shared": true}, "seeds": [0, 1], "purpose": "search", "limit": 2, "time": 1700000000.5}
{"event": "epoch", "trial": 0, "epoch": 1, "metrics": {"ccc": 0.5, "ccc_sd": 0.0}, "lanes": {"ccc": [0.5, null]}, "terms": {"primary_loss": -0.5}, "seconds": 0.1, "time": 1700000001.5}
{"event": "retried", "trial": 0, "reason": "its process was killed", "time": 1700000003.5}
{"event": "resumed", "trial": 0, "epoch": 0, "damaged": ["epoch-00001.state is no checkpoint: torn"], "time": 1700000004.734}
{"event": "epoch", "trial": 0, "epoch": 2, "metrics": {"ccc": 0.25, "ccc_sd": 0.0}, "lanes": {"ccc": [0.25, null]}, "terms": {"primary_loss": -0.25}, "seconds": 0.1, "time": 1700000007.734}
{"event": "ended", "trial": 0, "state": "complete", "reason": "", "time": 1700000007.734}
{"event": "suggested", "trial": 1, "values": {}, "seeds": [2], "purpose": "check", "limit": 1, "time": 1700000008.734}
{"event": "ended", "trial": 1, "state": "failed", "reason": "ccc undefined in epoch 1: seed 2: gr\u00f6\u00dfer", "time": 1700000008.734}
""".lstrip()  # noqa: E501
"""A log as version 1 wrote it."""


def chained(lines: list[bytes]) -> bytes:
    """Return lines with the digest that each bears: of the digest before it and of itself."""
    digest, content = "", b""
    for line in lines:
        digest = hashlib.sha256(digest.encode() + line).hexdigest()[:32]
        content += line[:-1] + f', "digest": "{digest}"'.encode() + b"}\n"
    return content


LAST = rb"""
{"event": "asked", "trial": 0, "candidate": "0@2", "seeds": [0, 1], "begun": "2026-11-30T12:00:00Z", "time": 1700000009.734}
{"event": "repaired", "dropped": 3, "asked": [1], "file": "trials.jsonl.damaged-1", "time": 1700000009.734}
""".lstrip()  # noqa: E501
PLAIN = OLD.replace(b'"began", ', b'"began", "version": 3, "sweep": "x", ') + LAST
PLAIN = PLAIN.replace(b'was killed", "time"', b'was killed", "blamed": true, "time"')
NEW = chained(PLAIN.splitlines())
"""A log as it is written now, which has each operation."""
TRIALS = {
    0: TrialRecord(
        number=0,
        values={"alpha0": 1e-5, "hidden": 8, "kind": "mean", "shared": True},
        seeds=[0, 1],
        purpose="search",
        limit=2,
        state="complete",
        epochs=[
            EpochRecord(epoch, {"ccc": ccc, "ccc_sd": 0.0}, {"ccc": [ccc, None]},
                        {"primary_loss": -ccc}, 0.1)
            for epoch, ccc in ((1, 0.5), (2, 0.25))
        ],
        notes=["begun again: its process was killed", "epoch-00001.state is no checkpoint: torn"],
        redone={1},
    ),
    1: TrialRecord(
        number=1, values={}, seeds=[2], purpose="check", limit=1, state="failed",
        reason="ccc undefined in epoch 1: seed 2: größer",
    ),
}  # fmt: skip
SAMPLES: dict[str, dict[str, Any]] = {
    line["event"]: line for line in map(json.loads, PLAIN.splitlines())
}
"""A line of each operation."""
WRONG: dict[str, list[Any]] = {
    "time": ["noon", None, True, [1.0]],
    "version": ["2", 0, -1, 1.5, None, True],
    "sweep": [None, 0, []],
    "trial": ["0", -1, 0.0, None, True, [0], {}],
    "values": [None, [], "alpha0", {"alpha0": None}, {"alpha0": [1]}],
    "seeds": [None, 3, "0", {}, [0.0], [None], [True]],
    "purpose": [None, "", "rest", ["search"], 0],
    "limit": [None, "2", 2.0, False],
    "epoch": [None, "1", 1.0, True],
    "metrics": [None, [], {"ccc": None}, {"ccc": "0.5"}, {"ccc": [0.5]}],
    "lanes": [None, [], {"ccc": None}, {"ccc": 0.5}, {"ccc": ["0.5"]}],
    "terms": [None, [], {"loss": None}],
    "seconds": [None, "0.1", True],
    "reason": [None, 0, [], ["torn"]],
    "blamed": [None, 0, "true", []],
    "damaged": [None, "torn", {}, [0], [None]],
    "state": [None, "", "running", "over", ["complete"]],
    "candidate": [None, 0, []],
    "begun": [None, 0, []],
    "dropped": [None, "3", -1],
    "asked": [None, 3, [-1], ["0"]],
    "file": [None, 0],
}


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "sweep")


def put(folder: LocalStorage, content: bytes) -> None:
    folder.write(FILE, content)


def refused(folder: LocalStorage) -> str:
    """What a log says that cannot be opened, between its file and how to go on."""
    with pytest.raises(StorageError, match=rf"^{re.escape(folder.where(FILE))} line ") as raised:
        Log(folder)
    text = str(raised.value).removeprefix(f"{folder.where(FILE)} ")
    if isinstance(raised.value, LogDamaged):
        go_on = REPAIR if raised.value.whole else "No line of it can be kept"
        assert text.endswith(f". {go_on}")
        text = text.removesuffix(f". {go_on}")
    return text


def with_line(folder: LocalStorage, record: Any) -> str:
    """What a log says whose fourth line is this record."""
    lines = NEW.splitlines()
    put(folder, b"\n".join([*lines[:3], json.dumps(record).encode(), *lines[3:]]) + b"\n")
    return refused(folder)


def test_what_is_written_stays_the_same_byte_for_byte(
    folder: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("search.store.log.time.time", lambda: 1_700_000_000 + now)
    log, first = Log(folder), TRIALS[0]
    log.began("x")
    now = 0.5
    log.suggested(0, first.values, (0, 1), "search", 2)
    now = 1.5
    log.epoch(0, first.epochs[0])
    now = 3.5
    log.retried(0, "its process was killed")
    now = 4.7341
    log.resumed(0, 0, ("epoch-00001.state is no checkpoint: torn",))
    now = 7.734
    log.epoch(0, first.epochs[1])
    log.ended(0, "complete")
    now = 8.734
    log.suggested(1, {}, [2], "check", 1)
    log.ended(1, "failed", TRIALS[1].reason)
    now = 9.734
    log.asking(0, "0@2", (0, 1), "2026-11-30T12:00:00Z")
    log.repaired(3, (1,), "trials.jsonl.damaged-1")
    assert (folder.path / FILE).read_bytes() == NEW
    for view in (log, Log(folder)):
        assert view.trials == TRIALS
        assert view.asked == {0: ["2026-11-30T12:00:00Z"], 1: [""]}
        assert view.repairs == [
            "3 damaged lines of the log were dropped; trials.jsonl.damaged-1 keeps them"
        ]
        assert view.bare_lines == 0


def test_a_log_of_version_1_is_read_as_it_was_meant(folder: LocalStorage) -> None:
    put(folder, OLD)
    log = Log(folder)
    assert log.trials == TRIALS
    assert log.bare_lines == len(OLD.splitlines())
    assert log.reports == [(0, 1), (0, 2)]
    assert log.ends == [End(0, 4, 7.734), End(1, 4, 8.734)]


def test_a_log_of_version_1_goes_on_in_the_present_form(folder: LocalStorage) -> None:
    put(folder, OLD)
    log = Log(folder)
    log.began()
    log.suggested(2, {"alpha0": 0.1}, [0], "search", 1)
    assert Log(folder).bare_lines == len(OLD.splitlines())
    content = (folder.path / FILE).read_bytes()
    assert content.startswith(OLD)
    assert json.loads(content[len(OLD) :].splitlines()[0])["version"] == FORMAT_VERSION
    again = Log(folder)
    assert again.trials == log.trials
    assert again.trials.keys() == {0, 1, 2}
    assert {number: again.trials[number] for number in TRIALS} == TRIALS
    assert again.ends == log.ends


def test_a_log_that_does_not_say_when_it_began_is_read(folder: LocalStorage) -> None:
    put(folder, b"".join(OLD.splitlines(keepends=True)[1:]))
    assert Log(folder).trials == TRIALS


def test_a_torn_last_line_is_left_out_whatever_it_began_to_say(folder: LocalStorage) -> None:
    for torn in (b'{"event": "endless", "tr', b'{"event": "began", "version": 99'):
        put(folder, NEW + torn)
        assert Log(folder).trials == TRIALS


def test_lines_are_read_one_by_one(folder: LocalStorage) -> None:
    put(folder, OLD)
    lines = list(read_lines(folder))
    assert [line.operation for line in lines] == [
        json.loads(line)["event"] for line in OLD.splitlines()
    ]
    assert lines[0].fields == {"version": 1, "sweep": ""}
    assert lines[6].fields == {"trial": 0, "state": "complete", "reason": ""}
    assert lines[6].time == 1700000007.734
    assert lines[3].fields["blamed"]
    content = b"".join(line.to_json() + b"\n" for line in lines[1:])
    assert content.replace(b', "blamed": true', b"") == OLD.partition(b"\n")[2]


def test_keys_that_are_no_fields_change_nothing(folder: LocalStorage) -> None:
    put(folder, OLD.replace(b'"time"', b'"host": "node-3", "time"'))
    assert Log(folder).trials == TRIALS
    put(folder, chained(PLAIN.replace(b'"time"', b'"host": "node-3", "time"').splitlines()))
    assert Log(folder).trials == TRIALS


def test_each_operation_is_written_and_checked() -> None:
    assert SAMPLES.keys() == FIELDS.keys() == {*Operation}
    for operation, fields in FIELDS.items():
        assert list(SAMPLES[operation]) == ["event", *fields, "time"]


@pytest.mark.parametrize("name", ["ended ", "Ended", "pruned", ""])
def test_an_unknown_operation_is_of_a_newer_fairser_and_no_end(
    folder: LocalStorage, name: str
) -> None:
    output = with_line(folder, {**SAMPLES["ended"], "event": name})
    assert output.startswith(
        f"line 4 cannot be read: operation {name!r} is unknown; there are began"
    )
    assert output.endswith("A newer fairser wrote it")


def test_a_newer_version_is_of_a_newer_fairser(folder: LocalStorage) -> None:
    output = with_line(folder, {"event": "began", "version": 4, "at": "2031-01-01"})
    assert output == (
        "line 4 cannot be read: operation 'began' begins lines of format version 4; this fairser "
        "reads versions up to 3. A newer fairser wrote it"
    )


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (operation, name)
        for operation, line in SAMPLES.items()
        for name in line
        if name not in ("version", "sweep", "blamed")
    ],
)
def test_a_missing_field_is_named(folder: LocalStorage, operation: str, field: str) -> None:
    line = {name: value for name, value in SAMPLES[operation].items() if name != field}
    expected = f"line 4 is not of a sweep's log: `{field}` is missing"
    assert with_line(folder, line) == expected


@pytest.mark.parametrize(
    ("operation", "field"),
    [(event, name) for event, line in SAMPLES.items() for name in line if name != "event"],
)
def test_a_field_that_breaks_its_rule_is_named_with_rule_and_value(
    folder: LocalStorage, operation: str, field: str
) -> None:
    for value in WRONG[field]:
        output = with_line(folder, {**SAMPLES[operation], field: value})
        assert re.match(
            f"line 4 is not of a sweep's log: `{field}` must be (a|text|one|true)", output
        )
        assert output.endswith(f", got {value!r}")


@pytest.mark.parametrize(
    ("operation", "field", "value"),
    [
        ("epoch", "time", "NaN"),
        ("epoch", "seconds", "Infinity"),
        ("epoch", "metrics", '{"ccc": NaN}'),
        ("epoch", "lanes", '{"ccc": [1e999]}'),
        ("epoch", "terms", '{"loss": -Infinity}'),
        ("suggested", "values", '{"alpha0": NaN}'),
    ],
)
def test_a_number_that_is_not_finite_is_named(
    folder: LocalStorage, operation: str, field: str, value: str
) -> None:
    line = json.dumps({**SAMPLES[operation], field: "HERE"}).replace('"HERE"', value)
    put(folder, line.encode() + b"\n")
    message = rf"^line 1 is not of a sweep's log: `{field}` must be .*finite number.*, got .*"
    assert re.match(message, refused(folder))


@pytest.mark.parametrize(
    ("number", "record", "message"),
    [
        (
            3,
            {**SAMPLES["suggested"], "trial": 0},
            "`trial` must be the number of a new trial, got 0 again",
        ),
        (3, {**SAMPLES["epoch"], "epoch": 3}, "`epoch` must be 2, the next of trial 0, got 3"),
        (3, {**SAMPLES["epoch"], "epoch": 1}, "`epoch` must be 2, the next of trial 0, got 1"),
        (3, {**SAMPLES["epoch"], "epoch": 0}, "`epoch` must be 2, the next of trial 0, got 0"),
        (
            7,
            {**SAMPLES["ended"], "trial": 0},
            "`trial` must be the number of a trial that runs, got 0 again",
        ),
    ],
)
def test_a_line_that_cannot_follow_those_above_it_is_named(
    folder: LocalStorage, number: int, record: Any, message: str
) -> None:
    lines = NEW.splitlines()
    put(folder, b"\n".join([*lines[:number], json.dumps(record).encode(), *lines[number:]]) + b"\n")
    assert refused(folder) == f"line {number + 1} is not of a sweep's log: {message}"


def test_a_line_that_cannot_follow_is_not_written(folder: LocalStorage) -> None:
    put(folder, NEW)
    log = Log(folder)
    with pytest.raises(ValueError, match="a trial that runs, got 0 again"):
        log.ended(0, "complete")
    with pytest.raises(ValueError, match="a new trial, got 1 again"):
        log.suggested(1, {}, [0], "search", 1)
    assert (folder.path / FILE).read_bytes() == NEW


@pytest.mark.parametrize("operation", ["epoch", "retried", "resumed", "ended"])
def test_a_trial_that_was_never_suggested_is_named(folder: LocalStorage, operation: str) -> None:
    expected = "`trial` must be the number of a suggested trial, got 7"
    output = with_line(folder, {**SAMPLES[operation], "trial": 7})
    assert output == f"line 4 is not of a sweep's log: {expected}"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "a line must be a JSON object, got []"),
        (b'"ended"', "a line must be a JSON object, got 'ended'"),
        (b'{"event": 7}', "`event` must be text, got 7"),
        (b'{"event": null}', "`event` must be text, got None"),
        (b'{"event": ["ended"]}', "`event` must be text, got ['ended']"),
    ],
)
def test_a_line_that_names_no_operation_is_refused_with_the_rule(
    folder: LocalStorage, content: bytes, rule: str
) -> None:
    put(folder, content + b"\n")
    assert refused(folder).startswith(f"line 1 is not of a sweep's log: {rule}")


def lines_of(folder: LocalStorage) -> list[bytes]:
    return (folder.path / FILE).read_bytes().splitlines(keepends=True)


def altered(lines: list[bytes], at: int, change: str) -> list[bytes]:
    """Lines of which the one `at` is changed as no check of single lines would notice."""
    before, line, after = lines[:at], lines[at], lines[at + 1 :]
    changes = {
        "lost": [],
        "doubled": [line, line],
        "altered": [line.replace(b'"time": 17', b'"time": 16')],
        "bare": [re.sub(rb', "digest": "\w+"', b"", line)],
    }
    return [*before, *changes[change], *after]


@pytest.mark.parametrize("change", ["lost", "doubled", "altered", "bare"])
@pytest.mark.parametrize("at", range(len(PLAIN.splitlines())))
def test_a_lost_doubled_or_altered_line_is_reported_by_its_number(
    folder: LocalStorage, at: int, change: str
) -> None:
    lines = NEW.splitlines(keepends=True)
    changed = altered(lines, at, change)
    put(folder, b"".join(changed))
    if changed == lines[: len(changed)]:  # the last lines are lost, which only the mark states
        assert (at, change) == (len(lines) - 1, "lost")
        Log(folder)
        return
    if change == "bare" and at == 0:  # the next digest covers it
        assert Log(folder).trials == TRIALS
        return
    whole = at + (change == "doubled")
    message = f"{FILE} line {whole + 1} is not of a sweep's log: "
    with pytest.raises(LogDamaged, match=re.escape(message)) as raised:
        Log(folder)
    assert raised.value.whole == whole


def test_swapped_lines_are_reported(folder: LocalStorage) -> None:
    lines = NEW.splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    put(folder, b"".join(lines))
    assert refused(folder).startswith("line 3 is not of a sweep's log: `digest` must be ")


def test_the_first_digest_covers_what_an_earlier_version_wrote(folder: LocalStorage) -> None:
    put(folder, OLD)
    Log(folder).began()
    put(folder, (folder.path / FILE).read_bytes().replace(b'"ccc": 0.5', b'"ccc": 0.6'))
    assert refused(folder).startswith("line 10 is not of a sweep's log: `digest` must be ")


def test_an_operation_that_a_bit_error_made_is_damage_and_not_of_a_newer_fairser(
    folder: LocalStorage,
) -> None:
    put(folder, NEW.replace(b'"retried"', b'"retrieD"'))
    assert refused(folder).startswith("line 4 is not of a sweep's log: `digest` must be ")


def begun(folder: LocalStorage) -> None:
    log = Log(folder)
    log.began()
    log.suggested(0, {}, [0], "search", 2)
    log.epoch(0, TRIALS[0].epochs[0])
    log.ended(0, "complete")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_lost_last_lines_are_reported(folder: LocalStorage, count: int) -> None:
    begun(folder)
    put(folder, b"".join(lines_of(folder)[:count]))
    with pytest.raises(
        LogDamaged, match=rf"ends with line {count}, but 4 lines were written.*--repair"
    ):
        Log(folder)


@pytest.mark.parametrize("content", [None, b"", b'{"event": "be'])
def test_a_log_that_is_gone_is_an_error(folder: LocalStorage, content: bytes | None) -> None:
    begun(folder)
    folder.delete(FILE) if content is None else put(folder, content)
    with pytest.raises(LogDamaged, match=r"there is no .*trials\.jsonl, or it holds no line, alth"):
        Log(folder)
    folder.delete("log.json")
    Log(folder)  # nothing states that the sweep had begun
    folder.write("trials/0000/epoch-00001.model", b"")
    with pytest.raises(LogDamaged, match="put the log back from a copy"):
        Log(folder)


def test_the_log_of_another_sweep_is_an_error_that_names_both_files(
    folder: LocalStorage, tmp_path: Path
) -> None:
    begun(folder)
    other = LocalStorage(tmp_path / "other")
    begun(other)
    put(folder, (other.path / FILE).read_bytes())
    with pytest.raises(StorageError, match=r"trials\.jsonl is not the log .* line 4 .*log\.json"):
        Log(folder)


def test_a_torn_line_that_was_marked_is_written_again_and_marked_anew(folder: LocalStorage) -> None:
    begun(folder)
    path = folder.path / FILE
    path.write_bytes(path.read_bytes()[:-9])
    log = Log(folder)
    log.epoch(0, TRIALS[0].epochs[1])
    log = Log(folder)
    assert (len(log.trials[0].epochs), log.trials[0].state) == (2, "running")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"lines": "4"}', b'{"lines": 4}', b"\xff"]
)
def test_a_mark_that_is_none_is_named(folder: LocalStorage, content: bytes) -> None:
    begun(folder)
    folder.write("log.json", content)
    with pytest.raises(StorageError, match=r"log\.json"):
        Log(folder)
