"""Files of the spaces that come with fairser."""

from pathlib import Path

SPACES = Path(__file__).resolve().parents[2] / "spaces"


def available() -> list[str]:
    """Return the names of the spaces that come with fairser."""
    return sorted(path.stem for path in SPACES.glob("*.toml"))
