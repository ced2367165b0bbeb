import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from search.tracking.database import DatabaseError, prepare_database


def test_a_missing_file_is_made_whole_and_alone(empty_database: Path) -> None:
    tables = sqlite3.connect(empty_database)
    try:
        names = {name for (name,) in tables.execute("SELECT name FROM sqlite_master")}
    finally:
        tables.close()
    assert {"experiments", "runs", "metrics", "alembic_version"} <= names
    assert os.listdir(empty_database.parent) == [empty_database.name]


def test_what_a_killed_process_left_beside_a_whole_file_goes(database: Path) -> None:
    (database.parent / f".{database.name}.01234567").mkdir()
    prepare_database(f"sqlite:///{database}")
    assert not list(database.parent.glob(".*"))


def test_a_file_that_is_there_is_left_alone(database: Path) -> None:
    before = database.read_bytes()
    prepare_database(f"sqlite:///{database}")
    assert database.read_bytes() == before


def other_sweep_is_first(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    """While MLflow builds the file beside, another sweep's appears in its place."""

    def build(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        built = Path(command[-1].removeprefix("sqlite:///"))
        sqlite3.connect(built).close()
        built.write_bytes(b"")
        connection = sqlite3.connect(target)
        connection.execute("CREATE TABLE theirs (x)")
        connection.close()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("search.tracking.database.subprocess.run", build)


def tables(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    finally:
        connection.close()


def test_the_file_of_a_sweep_that_was_first_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "mlflow.db"
    other_sweep_is_first(monkeypatch, target)
    prepare_database(f"sqlite:///{target}")
    assert tables(target) == ["theirs"]
    assert os.listdir(tmp_path) == ["mlflow.db"]


def test_a_file_system_without_hard_links_gets_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        connection = sqlite3.connect(command[-1].removeprefix("sqlite:///"))
        connection.execute("CREATE TABLE ours (x)")
        connection.close()
        return subprocess.CompletedProcess(command, 0, "", "")

    def refuse(*paths: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("search.tracking.database.subprocess.run", build)
    monkeypatch.setattr("search.tracking.database.os.link", refuse)
    prepare_database(f"sqlite:///{tmp_path / 'new folder' / 'mlflow.db'}")
    assert tables(tmp_path / "new folder" / "mlflow.db") == ["ours"]


def test_an_unusable_database_is_reported_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database " * 100)
    with pytest.raises(DatabaseError, match="file is not a database"):
        prepare_database(f"sqlite:///{broken}")
    with pytest.raises(DatabaseError, match=r"File exists: .*broken\.db"):
        prepare_database(f"sqlite:///{broken / 'mlflow.db'}")
    with pytest.raises(DatabaseError, match="Invalid SQLite URL"):
        prepare_database("sqlite://host/mlflow.db")


def test_the_message_of_a_failed_upgrade_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "traceback\nno space left on device\n")
    monkeypatch.setattr("search.tracking.database.subprocess.run", lambda *_, **__: failed)
    with pytest.raises(DatabaseError, match=r"upgrade` failed: traceback\nno space left on device"):
        prepare_database(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert os.listdir(tmp_path) == []
