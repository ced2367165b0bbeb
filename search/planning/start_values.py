"""Values that a search begins with."""

from search.space.domains import sobol
from search.space.space import Space
from search.space.values import Value


def start_values(space: Space, fewest: int, seed: int) -> list[dict[str, Value]]:
    """Return points of a Sobol sequence, the first of them with the values of `[[first]]`.

    Args:
        space: space that is searched.
        fewest: number of points, if `[[first]]` gives no more.
        seed: seed of the sweep.
    """
    points = sobol(space.search, max(fewest, len(space.first)), seed)
    given = [*space.first, *[{}] * (len(points) - len(space.first))]
    return [{**point, **values} for point, values in zip(points, given, strict=True)]
