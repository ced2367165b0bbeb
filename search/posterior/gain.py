"""What one more lane is worth: the expected gain of the front's hypervolume, by place."""

import functools

import numpy as np
from scipy.stats import norm, qmc

from fairser_core import pareto
from search.posterior.lanes import Booleans, Floats, Integers
from search.posterior.posterior import Outlook, Posterior, mixed

DRAWS = 16
DIGITS = 9  # of a gain, so that machines whose last bits differ agree
SAMPLES = 512  # points that measure a volume of three objectives or more


@functools.lru_cache
def fixed_draws(metrics: int) -> tuple[Floats, Floats]:
    """Return standard normal draws (draw, metric) and uniform ones (draw,), always the same."""
    points = qmc.Halton(metrics + 1, scramble=False).random(DRAWS + 1)[1:]
    return np.asarray(norm.ppf(points[:, :metrics])), points[:, metrics]


def after_one_lane(outlook: Outlook) -> tuple[Floats, Floats]:
    """Return means as one more lane might leave them, by place.

    The lane stands with the chance of the place. Then it moves the means of the standing; if it
    collapses, it moves the chance alone.

    Returns:
        Means over all seeds (place, draw, epoch, metric), and chances (place, draw, epoch).
    """
    normal, uniform = fixed_draws(outlook.standing.shape[2])
    chance, weight = outlook.chance.mean[:, None], outlook.chance.weight[:, None]
    stands = uniform[:, None] < chance
    moved = (chance * weight + stands) / (weight + 1)
    shift = outlook.step[:, None] * normal[:, None] * stands[..., None]
    standing = outlook.standing[:, None] + shift
    return mixed(standing, moved[..., None], outlook.collapsed), moved


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
    outlook = posterior.at(places, owners)
    means, chances = after_one_lane(outlook)
    usable = posterior.feasible(means, chances)
    known = owners >= 0
    usable[known] &= posterior.seen[owners[known]][:, None]
    points = np.where(usable[..., None], means[..., :count], np.inf)
    members, epochs = posterior.front
    costs = posterior.outlook.mean[members, epochs, :count]
    rivals = posterior.rivals[:, :count]
    whole = np.vstack([costs, rivals])
    gain = np.zeros(len(places))
    base = _volume(whole, reference)
    hopeful = _hopeful(points, whole, reference)
    new = np.flatnonzero(hopeful & ~np.isin(owners, members))
    gain[new] = volumes(points[new], whole, reference).mean(axis=1) - base
    for place in np.flatnonzero(np.isin(owners, members)):
        others = np.vstack([costs[members != owners[place]], rivals])
        gain[place] = volumes(points[[place]], others, reference).mean() - base
    return np.asarray(gain.round(DIGITS))


def _hopeful(points: Floats, front: Floats, reference: Floats) -> Booleans:
    """Return whether the best of a place's points in each objective is not dominated (place,)."""
    best = points.min(axis=(1, 2))
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
    if len(reference) > 2:
        return _sampled(points, front, reference)
    members = np.broadcast_to(front, (*points.shape[:2], *front.shape))
    sets = np.minimum(np.concatenate([points, members], axis=2), reference)
    first = sets[..., 0]
    if len(reference) == 1:
        return np.asarray(reference[0] - first.min(axis=2, initial=reference[0]))
    order = np.argsort(first, axis=2, kind="stable")
    first = np.take_along_axis(first, order, axis=2)
    second = np.minimum.accumulate(np.take_along_axis(sets[..., 1], order, axis=2), axis=2)
    ends = np.concatenate([first[..., 1:], np.full((*first.shape[:2], 1), reference[0])], axis=2)
    return np.asarray(((ends - first) * (reference[1] - second)).sum(axis=2))


def _sampled(points: Floats, front: Floats, reference: Floats) -> Floats:
    base = _volume(front, reference)
    finite = points[np.isfinite(points).all(axis=3)]
    if not len(finite):
        return np.full(points.shape[:2], base)
    low = np.minimum(finite.min(axis=0), reference)
    shares = qmc.Halton(len(reference), scramble=False).random(SAMPLES + 1)[1:]
    samples = low + shares * (reference - low)
    free = samples[~(front[None] <= samples[:, None]).all(axis=2).any(axis=1)]
    cell = float(np.prod(reference - low)) / SAMPLES
    result = np.empty(points.shape[:2])
    for place, sets in enumerate(points):
        reached = (sets[:, :, None] <= free).all(axis=3).any(axis=1)
        result[place] = base + cell * reached.sum(axis=1)
    return result
