"""SQLite file of MLflow's runs, used if the user names no other store."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from fairser_core.temporary import remove_folders, temporary_folder


class DatabaseError(Exception):
    """Error of a database that cannot be used."""


def prepare_database(uri: str) -> None:
    """Check that a database answers, and make a missing SQLite file.

    MLflow itself tries an unusable database for two minutes; this check tries once.

    Raises:
        DatabaseError: the URI is malformed, its driver is missing or the database does not answer.
    """
    try:
        engine = create_engine(uri)
        if _is_file(engine.url):
            target = Path(str(engine.url.database))
            remove_folders(target.parent, _prefix(target))
            if not target.exists():
                _create(engine.url, target)
        try:
            inspect(engine).get_table_names()
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise DatabaseError(str(error)) from error


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")


def _prefix(target: Path) -> str:
    """Return the beginning of the name of folders in which a file is made."""
    return f".{target.name}."


def _create(url: URL, target: Path) -> None:
    """Make the file under another name and move it to its place when it is complete.

    MLflow builds its tables in place, which takes seconds. Two sweeps that begin at once would
    break each other's half-built file for good, and so would a kill.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(target.parent, _prefix(target)) as folder:
        temporary = folder / target.name
        uri = url.set(database=str(temporary)).render_as_string(hide_password=False)
        # A separate process closes the file and keeps MLflow's messages off the screen.
        process = subprocess.run(
            [sys.executable, "-m", "mlflow", "db", "upgrade", uri],
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode:
            raise DatabaseError(f"`mlflow db upgrade` failed: {process.stderr.strip()[-300:]}")
        try:
            os.link(temporary, target)
        except OSError:  # another sweep made the file, or the file system has no hard links
            if not target.exists():
                temporary.rename(target)
