"""Head of a sweep: its name, folder, space and facts, without its trials."""

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from search.space.load import as_now, read_space
from search.space.space import Space
from search.store.changes import check_same
from search.store.storage import Storage, StorageError
from search.sweep.facts import FACTS_FILE, SweepFacts, read_facts
from search.terminal.nearest import nearest

SPACE_FILE = "space.toml"


class NoSuchSweep(ValueError):
    """Error of a name without a sweep."""


@dataclass(frozen=True)
class SweepHead:
    """Name, folder, space and facts of a sweep.

    Attributes:
        name: name of the sweep and of its folder.
        folder: folder of its files.
        space: space that is searched.
        facts: facts in sweep.json.
    """

    name: str
    folder: Storage
    space: Space
    facts: SweepFacts

    @property
    def seed(self) -> int:
        """Seed of the whole sweep."""
        return self.facts.options.seed

    def with_facts(self, **changes: object) -> "SweepHead":
        """Return the head with some facts replaced."""
        return dataclasses.replace(self, facts=dataclasses.replace(self.facts, **changes))  # type: ignore[arg-type]

    def write(self) -> None:
        """Write space.toml and sweep.json."""
        self.folder.write(SPACE_FILE, self.space.to_toml().encode())
        self.folder.write(FACTS_FILE, self.facts.to_json().encode())


@contextlib.contextmanager
def named_by(option: str) -> Iterator[None]:
    """Add the option by which a sweep was named to the error that there is none."""
    try:
        yield
    except NoSuchSweep as error:
        raise NoSuchSweep(f"{option}: {error}") from error


def sweep_names(results: Storage) -> list[str]:
    """Return the names of the sweeps in a results folder, prerequisites included."""
    return [name for name in results.names("") if _is_sweep(results, name)]


def _is_sweep(results: Storage, name: str) -> bool:
    try:
        return FACTS_FILE in results.names(name)
    except StorageError:  # a file, of which there is nothing to list
        return False


def saved_head(results: Storage, name: str) -> SweepHead:
    """Read the head of a sweep from a results folder.

    Args:
        results: folder of all sweeps.
        name: name of the sweep.

    Raises:
        NoSuchSweep: there is no such sweep; names those like it.
        StorageError: sweep.json is not what a sweep writes; names the file.
        SpaceError: space.toml is not what a sweep writes; names the file.
        SweepChanged: space.toml is not the space that sweep.json states; names each difference.
    """
    folder = results.folder(name)
    content, facts, source = folder.read(SPACE_FILE), read_facts(folder), folder.where(SPACE_FILE)
    if content is None or facts is None:
        hint = nearest(name, sweep_names(results))
        raise NoSuchSweep(f"no sweep {name!r}: there is no {source}{hint}")
    space = read_space(content, facts.space, source)
    if facts.searched:
        check_same(f"space in {source}", as_now(facts.searched), space.facts())
    return SweepHead(name, folder, space, facts)
