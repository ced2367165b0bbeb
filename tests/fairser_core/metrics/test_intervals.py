"""Student's test of scipy, closed forms and brute force are the oracles of intervals."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate, stats

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.intervals import (
    AT_AN_END,
    FEWEST,
    ONE_SEED,
    UNDEFINED,
    interval,
    reach,
    shared_variance,
    speaker_variances,
    usual_freedom,
)
from fairser_core.metrics.metric import measure
from fairser_core.metrics.multiple_comparisons import holm
from fairser_core.metrics.resampling import mean
from fairser_core.metrics.speakers import Speakers

ONE_GROUP = np.zeros(8, dtype=np.intp)


def flat(per_seed: np.ndarray, speakers: int = 8) -> np.ndarray:
    """A metric that is the same without any of the speakers."""
    return np.tile(per_seed, (speakers, 1))


def freedom(values: np.ndarray) -> float:
    """Degrees of freedom of a variance, from scipy's unbiased excess kurtosis."""
    excess = max(float(stats.kurtosis(values, bias=False)), 0.0)
    return 2 / (2 / (len(values) - 1) + excess / len(values))


def test_of_speakers_alike_it_is_students_interval_of_the_seeds() -> None:
    values = np.random.default_rng(0).normal(0.3, 0.1, 6)
    result = interval(values, flat(values), ONE_GROUP)
    known = stats.ttest_1samp(values, 0.0)
    ends = known.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx((ends.low, ends.high))
    assert result.p == pytest.approx(known.pvalue)
    assert result.error == pytest.approx(stats.sem(values))
    assert result.reason == ""


def test_of_a_mean_over_speakers_it_is_students_interval_of_the_speakers() -> None:
    rng = np.random.default_rng(1)
    by_speaker = rng.normal(0.2, 0.3, 9)
    speakers = Speakers.of(rng.permutation(np.arange(9)))
    of_rows = by_speaker[speakers.unit]
    without = mean(of_rows, speakers.without_each())
    result = interval(np.array([by_speaker.mean()]), without[:, None], speakers.group)
    error, df = stats.sem(by_speaker), freedom(by_speaker)
    ends = stats.t.interval(0.95, df, by_speaker.mean(), error)
    assert (result.low, result.high) == pytest.approx(ends)
    assert result.p == pytest.approx(2 * stats.t.sf(by_speaker.mean() / error, df))
    assert result.reason == ONE_SEED


def test_of_a_mean_over_speakers_with_light_tails_it_is_students_interval_of_the_speakers() -> None:
    by_speaker = np.array([-0.1, 0.0, 0.1, 0.3, 0.4, 0.5])  # negative excess kurtosis
    without = np.array([np.delete(by_speaker, i).mean() for i in range(6)])
    group = np.zeros(6, dtype=np.intp)
    result = interval(np.array([by_speaker.mean()]), without[:, None], group)
    known = stats.ttest_1samp(by_speaker, 0.0)
    ends = known.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx((ends.low, ends.high))
    assert result.p == pytest.approx(known.pvalue)


def test_a_speaker_unlike_all_others_leaves_fewer_degrees_of_freedom() -> None:
    by_speaker = np.array([0.1, 0.11, 0.09, 0.1, 0.12, 0.08, 0.1, 1.0])
    without = np.array([np.delete(by_speaker, i).mean() for i in range(8)])
    result = interval(np.array([by_speaker.mean()]), without[:, None], ONE_GROUP)
    ends = stats.t.interval(0.95, freedom(by_speaker), by_speaker.mean(), stats.sem(by_speaker))
    assert (result.low, result.high) == pytest.approx(ends)
    assert freedom(by_speaker) < 2


@pytest.mark.parametrize("speakers", [5, 8, 30])
def test_the_usual_freedom_is_that_of_normal_values_on_average(speakers: int) -> None:
    drawn = np.random.default_rng(5).normal(size=(4000, speakers))
    excess = np.maximum(stats.kurtosis(drawn, axis=1, bias=False), 0.0).mean()
    known = 1 / (1 / (speakers - 1) + excess / (2 * speakers))
    assert usual_freedom(speakers) == pytest.approx(known, rel=0.05)


def test_of_a_difference_between_groups_it_is_welchs_interval() -> None:
    rng = np.random.default_rng(2)
    women, men = rng.normal(0.5, 0.1, 5), rng.normal(0.4, 0.4, 15)
    values, group = np.concatenate([women, men]), np.repeat([0, 1], [5, 15])
    keep = ~np.eye(20, dtype=bool)
    without = np.array([values[k & (group == 0)].mean() - values[k & (group == 1)].mean()
                        for k in keep])  # fmt: skip
    result = interval(np.array([women.mean() - men.mean()]), without[:, None], group)
    known = stats.ttest_ind(women, men, equal_var=False)
    parts = stats.sem(women) ** 2, stats.sem(men) ** 2
    assert result.error == pytest.approx((women.mean() - men.mean()) / known.statistic)
    df = sum(parts) ** 2 / (parts[0] ** 2 / freedom(women) + parts[1] ** 2 / freedom(men))
    assert df <= known.df
    assert result.p == pytest.approx(2 * stats.t.sf(known.statistic, df))


def crossed(effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over speakers (speaker, seed) of each seed, and the same without each speaker."""
    keep = ~np.eye(len(effects), dtype=bool)
    return effects.mean(axis=0), np.array([effects[rows].mean(axis=0) for rows in keep])


def mean_squares(effects: np.ndarray) -> tuple[float, float, float]:
    """Mean squares of rows, of columns and of what is left, of a table without replication."""
    n, k = effects.shape
    rows, columns, mean = effects.mean(axis=1), effects.mean(axis=0), effects.mean()
    left = sum(
        (effects[i, j] - rows[i] - columns[j] + mean) ** 2 for i in range(n) for j in range(k)
    )
    return k * rows.var(ddof=1), n * columns.var(ddof=1), left / ((n - 1) * (k - 1))


def test_speakers_and_seeds_add_up() -> None:
    rng = np.random.default_rng(3)
    by_speaker, by_seed = rng.normal(0, 0.2, 8), rng.normal(0.1, 0.2, 5)
    result = interval(*crossed(by_speaker[:, None] + by_seed), ONE_GROUP)
    speakers, seeds = stats.sem(by_speaker) ** 2, stats.sem(by_seed) ** 2
    assert result.error**2 == pytest.approx(speakers + seeds)


def test_what_speakers_and_seeds_have_in_common_counts_once() -> None:
    # Of a table crossed at random Var(mean) = (MS_rows + MS_columns - MS_left) / nk.
    rng = np.random.default_rng(6)
    effects = rng.normal(0, 0.1, (8, 1)) + rng.normal(0, 0.2, 4) + rng.normal(0, 0.2, (8, 4))
    rows, columns, left = mean_squares(effects)
    assert left < columns
    result = interval(*crossed(effects), ONE_GROUP)
    assert result.error**2 == pytest.approx((rows + columns - left) / effects.size)
    # The p-value takes nothing off, as if the mean over seeds were each seed's.
    values, without = crossed(effects)
    apart = np.repeat(without.mean(axis=1, keepdims=True), 4, axis=1)
    assert result.p == pytest.approx(interval(values, apart, ONE_GROUP).p)
    assert result.error < interval(values, apart, ONE_GROUP).error


def test_groups_share_the_luck_of_seeds_with_their_own_speakers() -> None:
    rng = np.random.default_rng(7)
    women = rng.normal(0, 0.2, 4) + rng.normal(0, 0.2, (5, 4))
    men = rng.normal(0, 0.1, (9, 1)) + rng.normal(0, 0.2, (9, 4))
    (a, without_a), (b, without_b) = crossed(women), crossed(men)
    without, group = np.vstack([without_a - b, a - without_b]), np.repeat([0, 1], [5, 9])
    shared = sum(mean_squares(effects)[2] / effects.size for effects in (women, men))
    assert shared_variance(without, group) == pytest.approx(shared)


def test_seeds_that_differ_no_more_than_by_luck_with_speakers_add_nothing() -> None:
    rng = np.random.default_rng(8)
    effects = rng.normal(0, 0.2, (8, 4))
    effects += 0.99 * (effects.mean() - effects.mean(axis=0))  # nearly no spread over seeds
    result = interval(*crossed(effects), ONE_GROUP)
    assert result.error == pytest.approx(stats.sem(effects.mean(axis=1)))


def test_interval_and_p_value_are_of_the_sum_of_two_students() -> None:
    rng = np.random.default_rng(3)
    by_speaker, by_seed = rng.normal(0.1, 0.2, 8), rng.normal(0.1, 0.2, 4)
    values, without = crossed(by_speaker[:, None] + by_seed)
    result = interval(values, without, ONE_GROUP)
    of_speakers, of_seeds = stats.sem(by_speaker), stats.sem(by_seed)
    df = freedom(by_speaker)

    def beyond(distance: float) -> float:
        def at(x: float) -> float:
            reach = distance - x * of_seeds
            return 2 * float(stats.t.pdf(x, 3) * stats.t.sf(reach / of_speakers, df))

        return float(integrate.quad(at, -np.inf, np.inf)[0])

    assert result.p == pytest.approx(beyond(abs(values.mean())), rel=5e-3)
    half = (result.high - result.low) / 2
    assert (result.low + result.high) / 2 == pytest.approx(values.mean())
    squares = (stats.t.ppf(0.975, [df, 3]) * [of_speakers, of_seeds]) ** 2
    assert half == pytest.approx(squares.sum() ** 0.5)
    assert beyond(half) == pytest.approx(0.05, rel=0.1)


def test_the_reach_is_students_of_one_part_and_nearly_that_of_two() -> None:
    one = reach(np.array([[0.04], [0.09]]), np.array([[3.0], [12.0]]))
    assert one == pytest.approx([0.2 * stats.t.ppf(0.975, 3), 0.3 * stats.t.ppf(0.975, 12)])
    rng = np.random.default_rng(9)
    for few, many in ((2, 6), (4, 20), (9, 60)):
        errors = 0.6 * rng.standard_t(few, 400_000) + 0.8 * rng.standard_t(many, 400_000)
        near = float(reach(np.array([0.36, 0.64]), np.array([few, many])))
        assert np.mean(np.abs(errors) > near) == pytest.approx(0.05, abs=0.004)


@pytest.mark.parametrize("within", [(0.0, 1.0), (-1.0, 1.0)])
def test_a_range_keeps_the_ends_inside_and_changes_little_in_its_middle(
    within: tuple[float, float],
) -> None:
    rng = np.random.default_rng(4)
    middle = sum(within) / 2
    values = middle + rng.normal(0, 0.002, 6)
    near, plain = (interval(values, flat(values), ONE_GROUP, w) for w in (within, None))
    assert (near.low, near.high) == pytest.approx((plain.low, plain.high), abs=2e-6)
    edge = within[1] - np.array([0.002, 0.05, 0.001, 0.01])
    result, crossing = (interval(edge, flat(edge), ONE_GROUP, w) for w in (within, None))
    assert within[0] < result.low < edge.mean() < result.high <= within[1] < crossing.high
    # The angle of Anscombe by the delta method, as statisticians write it for a share.
    share = (edge.mean() - within[0]) / (within[1] - within[0])
    error = stats.sem(edge) / (within[1] - within[0]) / np.sqrt(share * (1 - share)) / 2
    ends = np.arcsin(np.sqrt(share)) + error * stats.t.ppf([0.025, 0.975], 3)
    known = within[0] + (within[1] - within[0]) * np.sin(np.minimum(ends, np.pi / 2)) ** 2
    assert (result.low, result.high) == pytest.approx(tuple(known))
    assert result.error == pytest.approx(stats.sem(edge))


def test_at_an_end_of_its_range_a_metric_has_no_interval() -> None:
    ones = np.ones(3)
    result = interval(ones, flat(ones), ONE_GROUP, (0.0, 1.0))
    assert np.isnan([result.low, result.high]).all()
    assert result.reason == AT_AN_END
    result = interval(ones, flat(ones), ONE_GROUP, (-1.0, 2.0))
    assert (result.low, result.high, result.error) == (1.0, 1.0, 0.0)


def test_a_metric_that_is_at_an_end_without_one_of_the_speakers_has_an_interval() -> None:
    without = flat(np.array([0.9]))
    without[2] = 1.0
    result = interval(np.array([0.9]), without, ONE_GROUP, (0.0, 1.0))
    assert result.high == 1.0
    assert 0.0 <= result.low < 0.9


def test_too_few_speakers_in_a_group_have_no_interval_and_a_reason() -> None:
    values = np.array([0.1, 0.2, 0.3])
    for few, known in ((FEWEST, True), (FEWEST - 1, False)):
        group = np.repeat([0, 1], [few, 9])
        result = interval(values, flat(values, few + 9), group)
        assert np.isfinite([result.low, result.high, result.p]).all() == known
        assert result.reason == ("" if known else "fewer than 5 speakers in a group")


def test_seeds_in_which_it_is_undefined_do_not_count() -> None:
    values = np.array([0.1, np.nan, 0.3])
    result = interval(values, flat(values), ONE_GROUP)
    assert result == interval(values[[0, 2]], flat(values[[0, 2]]), ONE_GROUP)
    nothing = np.full(3, np.nan)
    assert interval(nothing, flat(nothing), ONE_GROUP).reason == UNDEFINED
    without = flat(values)
    without[3, 0] = np.nan
    assert interval(values, without, ONE_GROUP).reason == UNDEFINED


def test_equal_systems_do_not_differ() -> None:
    result = interval(np.zeros(4), flat(np.zeros(4)), ONE_GROUP)
    assert (result.low, result.high, result.p) == (0.0, 0.0, 1.0)


def test_without_a_speaker_the_others_of_the_group_stand_in() -> None:
    """Copies of rows are the weights: each group keeps its share of the speakers.

    Units and bins of the truth are of the rows that remain.
    """
    rng = np.random.default_rng(5)
    truth, female = rng.normal(4, 1, 120), np.arange(120) < 50
    of = ActivationPredictions.of_genders(truth, truth + rng.normal(0, 0.8, 120), female, 3.5)
    names = np.array(
        [f"{'fm'[not woman]}{number % (4 if woman else 6)}" for number, woman in enumerate(female)]
    )
    speakers = Speakers.of(names, female)
    assert speakers.sizes.tolist() == [6, 4]
    number = np.unique(names, return_inverse=True)[1]
    of = dataclasses.replace(of, speaker=number)
    result = measure(ACTIVATION, dataclasses.replace(of, draws=speakers.without_each()))
    for place, name in enumerate(sorted(set(names))):
        same = (female == (name[0] == "f")) & (names != name)
        size = 4 if name[0] == "f" else 6
        copies = np.where(names == name, 0, np.where(same, size, size - 1))
        for metric in ACTIVATION:
            remaining = metric.name.startswith(("bias", "mae", "separation"))
            rows = np.repeat(np.arange(120), np.minimum(copies, 1) if remaining else copies)
            left = ActivationPredictions.of_genders(
                of.truth[rows], of.prediction[rows], female[rows], 3.5
            )
            left = dataclasses.replace(left, speaker=number[rows])
            known = pytest.approx(float(metric.of(left)))
            assert result[metric.name][place] == known, metric.name


def test_of_a_mean_of_all_rows_the_variance_is_that_of_stratified_speakers() -> None:
    # Var = Σ (n_g / n)² s_g² / n_g (Cochran 1977, Sampling Techniques, 5.6).
    rng = np.random.default_rng(10)
    women, men = rng.normal(0.5, 0.1, 5), rng.normal(0.4, 0.4, 9)
    values = np.concatenate([women, men])
    speakers = Speakers.of(np.arange(14), np.repeat([0, 1], [5, 9]))
    without = mean(values, speakers.without_each())
    variance = sum((len(of) / 14) ** 2 * stats.sem(of) ** 2 for of in (women, men))
    assert sum(speaker_variances(without, speakers.group)) == pytest.approx(variance)


def test_a_speaker_of_two_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="a speaker must be of one group, 'b' is of two"):
        Speakers.of(np.array(["a", "b", "a", "b"]), np.array([True, False, True, True]))


def test_holm_is_that_of_his_paper_and_leaves_out_what_is_undefined() -> None:
    # p·m, p·(m - 1), ... of the sorted values, never falling, at most 1.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
    adjusted = holm([0.02, np.nan, 0.01])
    assert (adjusted[0], adjusted[2]) == pytest.approx((0.02, 0.02))
    assert np.isnan(adjusted[1])


def test_holm_rejects_what_the_sequence_of_bonferroni_tests_does() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        values = rng.random(7) ** 4
        left, rejected = dict(enumerate(values)), set()
        while left:
            least = min(left, key=left.__getitem__)
            if left[least] > 0.05 / len(left):
                break
            rejected.add(least)
            del left[least]
        assert {n for n, p in enumerate(holm(list(values))) if p <= 0.05} == rejected
