"""Error of a space."""


class SpaceError(ValueError):
    """Error of a space that cannot be searched; names file, key, value and rule."""
