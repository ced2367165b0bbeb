"""Addresses of sweeps: names, folders and URIs."""

RESULTS = "results"  # folder that holds all sweeps where none is named


def split_address(given: str, results: str | None) -> tuple[str, str | None]:
    """Split a folder or URI of a sweep into its name and its results folder.

    Args:
        given: name, folder or URI of a sweep.
        results: folder that holds the sweep if `given` is a name; None for the default.
    """
    address, question, query = given.partition("?")
    folder, slash, name = address.rstrip("/").rpartition("/")
    return name, ((folder or "/") + question + query if slash and not results else results)
