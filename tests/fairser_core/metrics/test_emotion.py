import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, demographic_parity_ratio
from sklearn.metrics import f1_score

from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION, detector_metrics
from fairser_core.metrics.f1 import confusion
from fairser_core.metrics.f1 import f1 as f1_of
from fairser_core.metrics.f1 import f1_macro as f1_macro_of
from fairser_core.metrics.f1 import f1_weighted as f1_weighted_of
from fairser_core.metrics.metric import names
from fairser_core.metrics.ranking import rnd
from tests.support.detectors import detection_metrics, view_metrics

PARITY = (
    "parity_s2",
    "parity_s2_signed",
    "parity_s2_score",
    "parity_s2_ratio_gap",
    "parity_s2_rnd",
)


def f1(truth: np.ndarray, fires: np.ndarray, level: bool = True) -> float:
    return float(f1_of(confusion(truth, fires), level))


def f1_macro(truth: np.ndarray, fires: np.ndarray) -> float:
    return float(f1_macro_of(confusion(truth, fires)))


def f1_weighted(truth: np.ndarray, fires: np.ndarray) -> float:
    return float(f1_weighted_of(confusion(truth, fires)))


def parity(score: np.ndarray, female: np.ndarray) -> dict[str, float]:
    nothing = np.zeros(len(score), dtype=bool)
    result = detector_metrics(DetectorPredictions(nothing, score, nothing, female.astype(float)))
    return {name: result[name] for name in PARITY}


def drawn(seed: int, size: int = 60, share: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random(size) < share, rng.random(size) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_f1_is_scikit_learns(seed: int) -> None:
    truth, fires = drawn(seed)
    assert f1(truth, fires) == pytest.approx(f1_score(truth, fires))
    assert f1(truth, fires, level=False) == pytest.approx(f1_score(truth, fires, pos_label=False))
    assert f1_macro(truth, fires) == pytest.approx(f1_score(truth, fires, average="macro"))
    assert f1_weighted(truth, fires) == pytest.approx(f1_score(truth, fires, average="weighted"))


@pytest.mark.parametrize("fires", [False, True])
@pytest.mark.parametrize("truth", [[False] * 6, [True] * 6, [False] * 4 + [True] * 2])
def test_f1_of_a_constant_detector_is_scikit_learns(truth: list[bool], fires: bool) -> None:
    y, constant = np.array(truth), np.full(6, fires)
    for average, function in (("macro", f1_macro), ("weighted", f1_weighted)):
        expected = f1_score(y, constant, average=average, zero_division=0)
        assert function(y, constant) == pytest.approx(expected)


@pytest.mark.parametrize("share", [0.15, 0.25])
def test_a_detector_that_never_fires_has_the_f1_that_the_docstrings_say(share: float) -> None:
    truth = np.arange(200) < 200 * share
    never = np.zeros(200, dtype=bool)
    expected = 2 * (1 - share) ** 2 / (2 - share)
    assert f1_weighted(truth, never) == pytest.approx(expected)
    assert f1_macro(truth, never) < 0.5
    assert f1(truth, never) == 0


def test_f1_of_a_class_that_nobody_names_is_undefined() -> None:
    no = np.zeros(3, dtype=bool)
    nobody = np.zeros(0, dtype=bool)
    assert np.isnan(f1(no, no))
    assert f1(no, no, level=False) == f1_macro(no, no) == f1_weighted(no, no) == 1
    for function in (f1, f1_macro, f1_weighted):
        assert np.isnan(function(nobody, nobody))


@pytest.mark.parametrize("seed", range(5))
def test_parity_is_fairlearns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score, female = rng.random(50), rng.random(50) < 0.4
    fires = score > 0.5
    result = parity(score, female)
    asked = {"y_true": fires, "y_pred": fires, "sensitive_features": female}
    assert result["parity_s2"] == pytest.approx(demographic_parity_difference(**asked))
    assert result["parity_s2_ratio_gap"] == pytest.approx(1 - demographic_parity_ratio(**asked))
    signed = fires[female].mean() - fires[~female].mean()
    assert result["parity_s2_signed"] == pytest.approx(signed)
    gap = abs(score[female].mean() - score[~female].mean())
    assert result["parity_s2_score"] == pytest.approx(gap)


def test_swapped_genders_change_the_sign_of_parity_only() -> None:
    rng = np.random.default_rng(3)
    score, female = rng.random(40), rng.random(40) < 0.4
    here, there = parity(score, female), parity(score, ~female)
    assert there.pop("parity_s2_signed") == pytest.approx(-here.pop("parity_s2_signed"))
    assert there == pytest.approx(here)


def test_parity_without_a_group_or_a_detection_is_undefined() -> None:
    score = np.linspace(0.6, 0.9, 30)
    assert np.isnan(list(parity(score, np.ones(30, dtype=bool)).values())).all()
    quiet = parity(score - 0.6, np.arange(30) < 15)
    assert quiet["parity_s2"] == 0
    assert np.isnan(quiet["parity_s2_ratio_gap"])


@pytest.mark.parametrize("seed", range(5))
def test_rnd_is_equation_1_of_its_paper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score, female = rng.random(57), rng.random(57) < 0.3

    def total(ranked: list[bool]) -> float:
        whole = sum(ranked) / len(ranked)
        return sum(
            abs(sum(ranked[:i]) / i - whole) / np.log2(i) for i in range(10, len(ranked) + 1, 10)
        )

    ranked = [member for _, member in sorted(zip(-score, female, strict=True))]
    women, men = sum(ranked), len(ranked) - sum(ranked)
    worst = max(total([True] * women + [False] * men), total([False] * men + [True] * women))
    assert rnd(score, female) == pytest.approx(total(ranked) / worst)
    assert 0 <= rnd(score, female) <= 1


def test_rnd_is_1_for_the_worst_ranking_and_undefined_for_ten_utterances() -> None:
    female = np.arange(40) < 12
    assert rnd(-np.arange(40.0), female) == 1
    assert np.isnan(rnd(np.arange(10.0), np.arange(10) < 5))
    assert np.isnan(rnd(np.arange(40.0), np.zeros(40, dtype=bool)))


def views(truth: np.ndarray, score: np.ndarray) -> tuple[dict, dict]:
    rng = np.random.default_rng(1)
    known = {gender: rng.random(len(truth)) < 0.8 for gender in ("female", "male")}
    received = {gender: truth ^ (rng.random(len(truth)) < 0.2) for gender in known}
    scores = {"female": score, "male": np.roll(score, 1)}
    return {gender: np.where(known[gender], received[gender], np.nan) for gender in known}, scores


def test_a_perspective_is_measured_by_the_consensus_of_its_gender_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    perceived, scores = views(rng.random(80) < 0.3, rng.random(80))
    result = view_metrics(perceived, scores)
    kinds = {"f1": "weighted", "f1_positive": "binary", "f1_macro": "macro"}
    for name, average in kinds.items():
        each = []
        for gender, received in perceived.items():
            rows = ~np.isnan(received)
            y, y_hat = received[rows] == 1, scores[gender][rows] > 0.5
            each.append(f1_score(y, y_hat, average=average))
            assert result[f"{name}_{gender}"] == pytest.approx(each[-1])
        assert result[f"{name}_views"] == pytest.approx(np.mean(each))


def test_every_metric_is_of_its_subset_and_has_a_row() -> None:
    rng = np.random.default_rng(0)
    truth, score, s1 = rng.random(80) < 0.3, rng.random(80), rng.random(80) < 0.4
    aligned = np.where(s1, np.nan, rng.choice([0.0, 1.0, np.nan], 80))
    result = detection_metrics(truth, score, s1, aligned)
    others = {name for name in names(EMOTION) if name.startswith("consistency")}
    others |= set(view_metrics(*views(truth, score)))
    assert set(result) == set(names(EMOTION)) - others
    assert others < set(names(EMOTION))
    fires = score > 0.5
    for name, rows in {"all": s1 | ~s1, "s1": s1, "s2": ~s1}.items():
        y, y_hat = truth[rows], fires[rows]
        expected = f1_score(y, y_hat, average="weighted")
        assert result[f"f1_{name}"] == pytest.approx(expected)
        assert result[f"f1_macro_{name}"] == pytest.approx(f1_score(y, y_hat, average="macro"))
        assert result[f"f1_positive_{name}"] == pytest.approx(f1_score(y, y_hat))
    gap = abs(fires[aligned == 1].mean() - fires[aligned == 0].mean())
    assert result["parity_s2"] == pytest.approx(gap)


def test_arrays_that_do_not_fit_are_refused() -> None:
    yes, no = np.ones(3, dtype=bool), np.zeros(4, dtype=bool)
    with pytest.raises(ValueError, match="differ in length: `truth` has 3, `prediction` has 4"):
        f1(yes, no)
    with pytest.raises(ValueError, match="`female` must be boolean, got dtype float64"):
        rnd(np.ones(3), np.ones(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`score` must be finite, got nan at index 1"):
        detection_metrics(yes, np.array([0.1, np.nan, 0.2]), yes, np.zeros(3))
