"""The SQLite file that MLflow keeps its runs in when the user names no other store."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError


class DatabaseError(Exception):
    """A database that cannot be used."""


def prepare_database(uri: str) -> None:
    """Make sure that the database behind the URI answers; a missing SQLite file is made.

    MLflow itself tries an unusable database for two minutes; this takes one look.

    Raises:
        DatabaseError: if the URI is none, its driver is missing or the database does not answer.
    """
    try:
        engine = create_engine(uri)
        if _is_missing_file(engine.url):
            _create(engine.url)
        try:
            inspect(engine).get_table_names()
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise DatabaseError(str(error)) from error


def _is_missing_file(url: URL) -> bool:
    in_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return in_file and not Path(str(url.database)).exists()


def _create(url: URL) -> None:
    """Make the file under another name and put it in place whole.

    MLflow builds its tables in place, in seconds: two sweeps that begin at once would break each
    other's half-built file for good, and so would a kill.
    """
    target = Path(str(url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        built = Path(folder) / target.name
        beside = url.set(database=str(built)).render_as_string(hide_password=False)
        # In a process of its own, which closes the file and keeps MLflow's messages off the screen.
        made = subprocess.run(
            [sys.executable, "-m", "mlflow", "db", "upgrade", beside],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise DatabaseError(f"`mlflow db upgrade` failed: {made.stderr.strip()[-300:]}")
        try:
            os.link(built, target)
        except OSError:  # another sweep's is there already, or the file system has no hard links
            if not target.exists():
                built.rename(target)
