"""MLflow database that was moved or copied with its results folder.

MLflow writes absolute addresses of artifacts into its database. Those that lead to the folder as it
was are taken to the folder as it is, so that nothing is written to the old place.
"""

import os
from pathlib import Path
from urllib.request import url2pathname

from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, inspect

FOLDER = "mlartifacts"
"""Folder of artifacts, beside the database."""

COLUMNS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}
"""Columns that hold addresses of artifacts."""


def local_path(address: str) -> Path | None:
    """Return the path of an address of files on this machine; None for any other address."""
    scheme, _, path = address.rpartition("://")
    if scheme not in ("", "file") or not os.path.isabs(url2pathname(path) if scheme else path):
        return None
    return Path(os.path.normpath(url2pathname(path) if scheme else path))


def moved_address(address: str, folder: Path) -> str:
    """Return an address of artifacts as it is after a move.

    Args:
        address: address in the database.
        folder: results folder, which the database lies in.

    Returns:
        The same address below `folder`, if it leads to a folder of artifacts elsewhere; else the
        address itself.
    """
    path = local_path(address)
    real = Path(os.path.realpath(folder))
    if path is None or FOLDER not in path.parts:
        return address
    if Path(os.path.realpath(path)).is_relative_to(real):
        return address
    beginning = path.parts.index(FOLDER)
    target = real.joinpath(*path.parts[beginning:])
    return target.as_uri() if "://" in address else str(target)


def follow_move(uri: str, folder: Path) -> str:
    """Take the artifacts of a database to the results folder that the database lies in.

    Args:
        uri: address of the database, a SQLite file in `folder`.
        folder: results folder.

    Returns:
        Folder of artifacts that the database named before; empty if nothing has changed.
    """
    engine = create_engine(uri)
    try:
        there = set(inspect(engine).get_table_names())
        with engine.begin() as connection:
            before = [
                _follow(connection, table, column, folder)
                for table, columns in COLUMNS.items()
                if table in there
                for column in columns
            ]
    finally:
        engine.dispose()
    return next((address for address in before if address), "")


def _follow(connection: Connection, name: str, column: str, folder: Path) -> str:
    """Change the addresses of a column; return one of before, or nothing."""
    table = Table(name, MetaData(), Column(column, String))
    addresses = connection.execute(table.select().distinct()).scalars().all()
    before = ""
    for address in addresses:
        moved = moved_address(address, folder) if address else address
        if moved != address:
            before = before or address
            of_address = table.update().where(table.c[column] == address)
            connection.execute(of_address.values({column: moved}))
    return before
