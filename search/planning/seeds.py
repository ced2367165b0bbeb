"""Seeds of the lanes of a sweep: for its search, the check of its front, and its replication."""

from search.space.space import Budget

LANE_STRIDE = 1000  # between the lane seeds of two sweep seeds, which never meet
FRESH_FROM = 500  # first of a sweep's seeds that checks the front
REPLICATION_FROM = 750  # first of a sweep's seeds that replicates chosen members


def lane_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds of a trial's lanes, the same for every configuration, for a fair comparison."""
    return [LANE_STRIDE * seed + lane for lane in range(lanes)]


def common_seeds(budget: Budget, seed: int) -> list[int]:
    """Return the seeds that any configuration of a sweep can be trained with."""
    return lane_seeds(seed, max(budget.race_seeds, budget.seeds))


def fresh_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds that the search of a sweep never uses."""
    return [LANE_STRIDE * seed + FRESH_FROM + lane for lane in range(lanes)]


def replication_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds that neither the search of a sweep nor its check ever uses."""
    return [LANE_STRIDE * seed + REPLICATION_FROM + lane for lane in range(lanes)]
