"""Metrics of many resamples of the same utterances at once, and intervals from them.

Every metric here is a function of sums over utterances. A resample counts how often each utterance
is drawn, so its sums are one matrix product.
"""

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.activation import Booleans, Floats
from fairser_core.metrics.parity import FIRES_ABOVE

Terms = npt.NDArray[np.float64]
Values = dict[str, npt.NDArray[np.float64]]

LEVEL = 0.95
DETECTION_TERMS = 12  # see `detection_terms`
MOMENTS = 6  # per gender: 1, y, ŷ, y², ŷ², yŷ; then low, low that is hit, high, high that is hit


def drawn(units: int, draws: int, rng: np.random.Generator) -> Terms:
    """How often each unit is drawn when as many as there are are drawn with replacement.

    Args:
        units: how many there are.
        draws: how often this is done.
        rng: source of the chance.

    Returns:
        Counts (draw, unit); each row's sum is `units`.
    """
    rows = (np.bincount(rng.integers(0, units, units), minlength=units) for _ in range(draws))
    return np.stack([row.astype(np.float64) for row in rows])


def activation_terms(
    truth: Floats, prediction: Floats, female: Booleans, threshold: float
) -> Terms:
    """What `activation_of` takes sums of.

    Args:
        truth: activation (utterance,).
        prediction: predicted activation (utterance,).
        female: whether the speaker is a woman (utterance,).
        threshold: activation above it is high.

    Returns:
        (utterance, term): the women's terms, then the men's.
    """
    # Any common shift leaves every metric as it is, and variances more of their digits.
    y, y_hat = (array.astype(np.float64) - truth.mean() for array in (truth, prediction))
    high, hit = truth > threshold, (truth > threshold) == (prediction > threshold)
    moments = [np.ones_like(y), y, y_hat, y * y, y_hat * y_hat, y * y_hat]
    own = np.stack([*moments, ~high, ~high & hit, high, high & hit], axis=1)
    return np.concatenate([own * female[:, None], own * ~female[:, None]], axis=1)


def activation_of(sums: Terms) -> Values:
    """The metrics of the paper's table; see `metrics.activation_metrics`.

    Args:
        sums: of `activation_terms` (..., term).

    Returns:
        `ccc`, `ccc_diff`, `tpr_low_diff`, `tpr_high_diff`, `tpr_diff` and `recall_gap` (...); NaN
        where a part of a metric is undefined.
    """
    female, male = np.split(sums, 2, axis=-1)
    low, high = (
        _ratio(female[..., hit], female[..., all_]) - _ratio(male[..., hit], male[..., all_])
        for all_, hit in ((MOMENTS, MOMENTS + 1), (MOMENTS + 2, MOMENTS + 3))
    )
    return {
        "ccc": _ccc(female + male),
        "ccc_diff": _ccc(female) - _ccc(male),
        "tpr_low_diff": low,
        "tpr_high_diff": high,
        "tpr_diff": low + high,
        "recall_gap": abs(low) + abs(high),
    }


def _ccc(sums: Terms) -> Terms:
    """CCC from the moments' sums; NaN without utterances, or if truth and prediction are one."""
    y, y_hat, yy, hh, yh = (_ratio(sums[..., place], sums[..., 0]) for place in range(1, MOMENTS))
    spread = (yy - y * y) + (hh - y_hat * y_hat) + (y - y_hat) ** 2
    return _ratio(2 * (yh - y * y_hat), spread)


def detection_terms(truth: Booleans, score: Floats, s1: Booleans, aligned: Floats) -> Terms:
    """What `detection_of` takes sums of.

    Args:
        truth: whether the ground truth is the emotion (utterance,).
        score: probability of the emotion (utterance,).
        s1: where both genders perceive the ground truth (utterance,).
        aligned: gender whose perception alone the ground truth is (utterance,): 1 female, 0 male,
            NaN for neither's.

    Returns:
        (utterance, term): of S1 and then S2 hits, misses, false alarms and the rest; of the women's
        and then the men's perception how many there are and at how many the detector fires.
    """
    fires = score > FIRES_ABOVE
    sets = [cell & rows for rows in (s1, ~s1) for cell in _cells(truth, fires)]
    groups = [part for value in (1, 0) for part in (aligned == value, (aligned == value) & fires)]
    return np.stack([*sets, *groups], axis=1).astype(np.float64)


def _cells(truth: Booleans, fires: Booleans) -> list[Booleans]:
    """Hits, misses, false alarms and the rest."""
    return [truth & fires, truth & ~fires, ~truth & fires, ~truth & ~fires]


def view_terms(heard: Floats, score: Floats) -> Terms:
    """What `f1s_of` takes sums of, of what a gender hears.

    Args:
        heard: whether a gender's consensus is the emotion (utterance,): 1 or 0, NaN without one.
        score: probability of the emotion from its perspective (utterance,).

    Returns:
        (utterance, term): hits, misses, false alarms and the rest.
    """
    cells = _cells(heard == 1, score > FIRES_ABOVE)
    return np.stack([cell & ~np.isnan(heard) for cell in cells], axis=1).astype(np.float64)


def f1s_of(sums: Terms, name: str) -> Values:
    """Two kinds of F1; see `detection.f1s`.

    Args:
        sums: hits, misses, false alarms and the rest, as of `view_terms` (..., term).
        name: of the utterances.

    Returns:
        `f1_<name>` (weighted) and `f1_macro_<name>` (...); NaN without utterances.
    """
    hits, misses, alarms, rest = np.moveaxis(sums, -1, 0)
    wrong = misses + alarms
    each = [_ratio(2 * right, 2 * right + wrong) for right in (hits, rest)]
    whole = hits + misses + alarms + rest
    shares = [_ratio(part, whole) for part in (hits + misses, alarms + rest)]
    # A class that is not there has no F1 and no weight.
    parts = [np.where(s > 0, s * f, 0.0) for s, f in zip(shares, each, strict=True)]
    known = np.sum(~np.isnan(each), axis=0)
    return {
        f"f1_{name}": np.where(np.isnan(shares[0]), np.nan, sum(parts)),
        f"f1_macro_{name}": _ratio(np.nansum(each, axis=0), known),
    }


def detection_of(sums: Terms) -> Values:
    """F1 and statistical parity; see `detection.detection_metrics`.

    Args:
        sums: of `detection_terms` (..., term).

    Returns:
        `f1_*` (weighted) and `f1_macro_*` over `all`, `s1` and `s2`, and `parity_s2` (...); NaN
        where a metric is undefined.
    """
    found: Values = {}
    s1, s2 = sums[..., :4], sums[..., 4:8]
    for name, cells in {"all": s1 + s2, "s1": s1, "s2": s2}.items():
        found |= f1s_of(cells, name)
    women, fires_f, men, fires_m = (sums[..., place] for place in range(8, 12))
    found["parity_s2"] = abs(_ratio(fires_f, women) - _ratio(fires_m, men))
    return found


def _ratio(part: Terms, whole: Terms) -> Terms:
    """The ratio; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, np.nan, part / whole)


def interval(values: Terms, rng: np.random.Generator) -> tuple[float, float]:
    """95 % interval of a metric's mean over seeds, by percentiles over seeds and utterances.

    Each draw's utterances are given; of n seeds n - 1 are drawn with replacement to each, so that
    means of them vary as means of n seeds do (s²/n) though n is small. Utterances of one speaker
    are taken as independent, which they are not: the interval is rather too narrow.

    Args:
        values: the metric (draw, seed) of resampled utterances.
        rng: source of the seeds drawn.

    Returns:
        Lower and upper end; draws in which the metric is undefined do not count. NaN if these are
        more than 5 %.
    """
    draws, seeds = values.shape
    chosen = rng.integers(0, seeds, (draws, max(seeds - 1, 1)))
    means = np.take_along_axis(values, chosen, axis=1).mean(axis=1)
    return percentiles(means) or (float("nan"), float("nan"))


def percentiles(values: Terms) -> tuple[float, float] | None:
    """95 % percentile interval of a metric's values (draw,) of resampled utterances.

    Returns:
        Lower and upper end; draws in which the metric is undefined, NaN, do not count. None if
        these are more than 5 %.
    """
    known = values[~np.isnan(values)]
    if len(known) < LEVEL * len(values):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
