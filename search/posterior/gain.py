"""Worth of one more lane: the expected gain of the front's hypervolume, by place."""

import functools
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, qmc

from fairser_core import pareto
from search.posterior.lanes import Booleans, Floats, Integers
from search.posterior.outlook import Outlook, mixed
from search.posterior.posterior import Posterior
from search.posterior.threads import one_thread

DRAWS = 16
DIGITS = 9  # of a gain, so that machines whose last bits differ agree
MOST_EPOCHS = 16  # of a lane, whose neighbours are nearly the same
CHUNK = 512  # sets at once, so that they fit into a processor's cache
SAMPLES = 512  # points that measure a volume of three objectives or more


@functools.lru_cache
def fixed_draws(metrics: int) -> tuple[Floats, Floats]:
    """Return standard normal draws (draw, metric) and uniform ones (draw,), always the same."""
    points = qmc.Halton(metrics + 1, scramble=False).random(DRAWS + 1)[1:]
    return np.asarray(norm.ppf(points[:, :metrics])), points[:, metrics]


def after_one_lane(outlook: Outlook) -> Floats:
    """Return means over all seeds as one more lane might leave them, by place.

    The lane stands with the chance of the place. Then it moves the means of the standing; if it
    collapses, it moves the chance alone.

    Returns:
        Shape (place, draw, epoch, metric).
    """
    normal, uniform = fixed_draws(outlook.standing.shape[2])
    chance, weight = outlook.chance.mean[:, None], outlook.chance.weight[:, None]
    stands = uniform[:, None] < chance
    moved = (chance * weight + stands) / (weight + 1)
    shift = outlook.step[:, None] * normal[:, None] * stands[..., None]
    standing = outlook.standing[:, None] + shift
    return mixed(standing, moved[..., None], outlook.collapsed)


def gains(posterior: Posterior, places: Floats, owners: Integers) -> Floats:
    """Return the expected gain of the hypervolume of one more lane at each place.

    G(p) = mean_d HV(F without p + {f(p, e) + step(p, e) z_d}) - HV(F), F the front and the
    baseline; candidates below a floor add nothing. Knowledge gradient of Frazier et al. 2008, for a
    hypervolume.

    Args:
        posterior: posterior of the search.
        places: points (place, dimension).
        owners: configuration of each point; -1 for a new one (place,).

    Returns:
        Shape (place,), in the product of the objectives' units.
    """
    count, reference = posterior.goal.objectives, posterior.goal.reference
    epoch = _thinned(posterior.seen.shape[1])
    outlook = posterior.at(places, owners).at_epochs(epoch)
    members, epochs = posterior.front
    costs = posterior.outlook.mean[members, epochs, :count]
    rivals = posterior.rivals[:, :count]
    whole = np.vstack([costs, rivals])
    on_front = np.isin(owners, members)
    gain, base = np.zeros(len(places)), _volume(whole, reference)
    rows = np.flatnonzero(on_front | _hopeful(outlook, whole, reference))
    some = outlook.take(rows)
    means = after_one_lane(some)
    usable = posterior.feasible(means, some.stands[:, None])
    known = owners[rows] >= 0
    usable[known] &= posterior.seen[owners[rows[known]]][:, None, epoch]
    points = np.where(usable[..., None], means[..., :count], np.inf)
    new = ~on_front[rows]
    gain[rows[new]] = volumes(points[new], whole, reference).mean(axis=1) - base
    for row in np.flatnonzero(~new):
        others = np.vstack([costs[members != owners[rows[row]]], rivals])
        gain[rows[row]] = volumes(points[[row]], others, reference).mean() - base
    return np.asarray(gain.round(DIGITS))


def _thinned(epochs: int) -> Integers:
    """Return the epochs that stand for all: the last and evenly spaced ones before it."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, MOST_EPOCHS)).round().astype(np.int64))


def _hopeful(outlook: Outlook, front: Floats, reference: Floats) -> Booleans:
    """Return whether one more lane could bring a place among the front (place,).

    The others are left out before their draws are computed, for they gain nothing in any.
    """
    normal, _ = fixed_draws(outlook.standing.shape[2])
    chance, weight = outlook.chance.mean, outlook.chance.weight
    lucky = outlook.standing + normal.min(axis=0) * outlook.step
    extremes = [
        mixed(standing, ((chance * weight + stands) / (weight + 1))[..., None], outlook.collapsed)
        for standing, stands in ((lucky, True), (outlook.standing, False))
    ]
    best = np.minimum(*extremes)[..., : len(reference)].min(axis=1)
    beaten = (front[None] <= best[:, None]).all(axis=2).any(axis=1)
    return np.asarray((best < reference).all(axis=1) & ~beaten)


def _volume(costs: Floats, reference: Floats) -> float:
    return pareto.hypervolume(costs, reference) if len(costs) else 0.0


def volumes(points: Floats, front: Floats, reference: Floats) -> Floats:
    """Return the hypervolume of a front together with each of many sets of points.

    Exact for one and two objectives. Of more, the share of fixed points between the best costs and
    the reference that a set dominates beyond the front.

    Args:
        points: sets (place, draw, epoch, objective); infinite costs add nothing.
        front: costs of the front (member, objective).
        reference: reference point (objective,).

    Returns:
        Shape (place, draw).
    """
    sets = points.reshape(-1, *points.shape[2:])
    result = np.full(len(sets), _volume(front, reference))
    front = front[pareto.front(front)] if len(front) else front
    beyond = np.flatnonzero(_undominated(sets, front, reference).any(axis=1))
    exact = _staircases if len(reference) <= 2 else _sampled
    for start in range(0, len(beyond), CHUNK):
        rows = beyond[start : start + CHUNK]
        result[rows] = exact(sets[rows], front, reference)
    return result.reshape(points.shape[:2])


def _undominated(sets: Floats, front: Floats, reference: Floats) -> Booleans:
    """Return whether points are within the reference and not dominated (set, epoch)."""
    free = np.asarray((sets < reference).all(axis=2))
    if len(reference) == 2 and len(front):
        steps = front[np.argsort(front[:, 0])]  # the second costs fall
        before = np.searchsorted(steps[:, 0], sets[..., 0], side="right") - 1
        free &= (before < 0) | (steps[before, 1] > sets[..., 1])
    return free


def _staircases(sets: Floats, front: Floats, reference: Floats) -> Floats:
    """Return hypervolumes in one or two objectives (set,); see `volumes`."""
    members = np.broadcast_to(front, (len(sets), *front.shape))
    every = np.minimum(np.concatenate([sets, members], axis=1), reference)
    first = every[..., 0]
    if len(reference) == 1:
        return np.asarray(reference[0] - first.min(axis=1))
    order = np.argsort(first, axis=1)
    first = np.take_along_axis(first, order, axis=1)
    second = np.minimum.accumulate(np.take_along_axis(every[..., 1], order, axis=1), axis=1)
    widths = np.diff(first, axis=1, append=reference[0])
    return np.asarray((widths * (reference[1] - second)).sum(axis=1))


def _sampled(sets: Floats, front: Floats, reference: Floats) -> Floats:
    """Return estimates of hypervolumes (set,); see `volumes`."""
    low = np.minimum(sets.min(axis=(0, 1)), reference)
    shares = qmc.Halton(len(reference), scramble=False).random(SAMPLES + 1)[1:]
    samples = low + shares * (reference - low)
    free = samples[~(front[None] <= samples[:, None]).all(axis=2).any(axis=1)]
    cell = float(np.prod(reference - low)) / SAMPLES
    reached = [(points[:, None] <= free).all(axis=2).any(axis=0).sum() for points in sets]
    return np.asarray(_volume(front, reference) + cell * np.array(reached))


@dataclass(frozen=True)
class NextLane:
    """Lane to train next: new values, or one more seed of a configuration.

    Attributes:
        place: row of the pool whose values are new; None for one more seed.
        configuration: row of the configuration that gets one more seed; None for new values.
        gain: expected gain of the hypervolume.
    """

    place: int | None
    configuration: int | None
    gain: float


@one_thread()
def next_lane(posterior: Posterior, pool: Floats, further: Integers) -> NextLane | None:
    """Return the lane of the greatest expected gain; of equal ones the first, new values first.

    Args:
        posterior: posterior of the lanes that ended.
        pool: places of values that were not tried (place, dimension).
        further: configurations that can have one more seed (configuration,).

    Returns:
        None if there is neither a place nor a configuration.
    """
    if not len(pool) + len(further):
        return None
    places = np.vstack([pool, posterior.places[further]])
    owners = np.concatenate([np.full(len(pool), -1, dtype=np.int64), further])
    gain = gains(posterior, places, owners)
    best = int(np.argmax(gain))
    if best < len(pool):
        return NextLane(best, None, float(gain[best]))
    return NextLane(None, int(further[best - len(pool)]), float(gain[best]))
