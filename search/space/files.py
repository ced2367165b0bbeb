"""Files of spaces: those that come with fairser, and the user's own."""

from pathlib import Path

from search.space.space_error import SpaceError
from search.terminal.nearest import nearest

SPACES = Path(__file__).resolve().parents[2] / "spaces"


def available() -> list[str]:
    """Return the names of the spaces that come with fairser."""
    return sorted(path.stem for path in SPACES.glob("*.toml"))


def space_path(name_or_path: str) -> Path:
    """Return the path of a space's file.

    Args:
        name_or_path: name of a space that comes with fairser, or the path of a .toml file.

    Raises:
        SpaceError: there is no such file.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else SPACES / f"{name_or_path}.toml"
    if not path.is_file():
        there = [*available(), *map(str, Path(name_or_path).parent.glob("*.toml"))]
        raise SpaceError(
            f"--space: no space {name_or_path!r}; there are {', '.join(available())}, or give the "
            f"path of a .toml file{nearest(name_or_path, there)}"
        )
    return path
