import dataclasses
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.samplers import GPSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from search.front.configurations import Configurations
from search.front.floors import Floor
from search.planning.sampler import Sampler, make_sampler
from search.planning.sampler_names import SAMPLERS
from search.space.domains import contains
from search.space.load import load
from search.space.space import Space
from search.store.trials import TrialRecord
from tests.support.fake_training import FLOOR, tradeoff, trial_of

SPACE = load("adversarial")


def sampler(name: str = "tpe", space: Space = SPACE, seed: int = 0) -> Sampler:
    return Sampler(space, [FLOOR], seed, name)  # type: ignore[arg-type]


def suggested(subject: Sampler, trials: list[TrialRecord]) -> dict[str, Any]:
    return subject.suggest(Configurations().update(trials))


def exhausted(subject: Sampler, trials: list[TrialRecord]) -> bool:
    return subject.exhausted(Configurations().update(trials))


def trained(number: int, values: dict[str, Any], **options: Any) -> TrialRecord:
    lanes = [tradeoff(values, seed, 8) for seed in (0, 1)]
    ccc, gap = zip(*lanes, strict=True)
    return trial_of(number, [{"ccc": ccc, "recall_gap": gap}], values=values, **options)


def grown(subject: Sampler, count: int) -> list[TrialRecord]:
    """Trials whose values come from the sampler, each trained before the next is asked for."""
    trials: list[TrialRecord] = []
    while len(trials) < count:
        trials.append(trained(len(trials), suggested(subject, trials)))
    return trials


@pytest.fixture
def studied(monkeypatch: pytest.MonkeyPatch) -> list[FrozenTrial]:
    """What Optuna's study holds when it is asked."""
    seen: list[FrozenTrial] = []
    ask = optuna.Study.ask

    def spy(study: optuna.Study, *given: Any) -> Any:
        seen[:] = study.get_trials()
        return ask(study, *given)

    monkeypatch.setattr(optuna.Study, "ask", spy)
    return seen


@pytest.mark.parametrize("name", ["gp", "tpe", "random"])
def test_the_same_trials_give_the_same_values(name: str) -> None:
    trials = grown(sampler("random"), 10)
    values = suggested(sampler(name), trials)
    assert suggested(sampler(name), trials) == values
    used = sampler(name)
    suggested(used, trials[:9])
    assert suggested(used, trials) == values  # whatever it was asked before
    assert suggested(sampler(name, seed=1), trials) != values
    assert all(contains(SPACE.search[key], value) for key, value in values.items())


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_spaces_first_configurations_are_tried_before_all_others(name: str) -> None:
    first = ({"alpha0": 0.5}, {"alpha0": 3.0, "adversary_learning_rate": 0.01})
    trials = grown(sampler(name, dataclasses.replace(SPACE, first=first)), 3)
    assert trials[0].values["alpha0"] == 0.5
    assert set(trials[0].values) == set(SPACE.search)  # what is not given is filled in
    assert trials[1].values == first[1]
    assert trials[2].values["alpha0"] not in (0.5, 3.0)


def test_more_first_configurations_than_a_start_has_are_all_tried() -> None:
    first = tuple({"alpha0": 0.1 * (n + 1)} for n in range(20))
    trials = grown(sampler("tpe", dataclasses.replace(SPACE, first=first)), 20)
    assert [trial.values["alpha0"] for trial in trials] == [row["alpha0"] for row in first]


def test_a_first_configuration_given_twice_is_tried_once() -> None:
    both = {"alpha0": 3.0, "adversary_learning_rate": 0.01}
    trials = grown(sampler("tpe", dataclasses.replace(SPACE, first=(both, both))), 3)
    assert [trial.values == both for trial in trials] == [True, False, False]


@pytest.mark.parametrize("name", ["gp", "tpe"])
def test_the_start_is_spread_over_the_domain(name: str) -> None:
    values = sorted(float(trial.values["alpha0"]) for trial in grown(sampler(name), 8))
    edges = [0.01 * 10_000 ** (part / 8) for part in range(9)]
    assert all(a <= v <= b for a, v, b in zip(edges, values, edges[1:], strict=False))


@pytest.mark.parametrize(
    ("name", "kind"), [("tpe", TPESampler), ("gp", GPSampler), ("random", RandomSampler)]
)
def test_each_sampler_is_optunas_of_that_name(name: Any, kind: type) -> None:
    assert type(make_sampler(name, seed=0)) is kind
    assert name in SAMPLERS


def test_the_floor_and_diverged_lanes_are_constraints(studied: list[FrozenTrial]) -> None:
    trials = grown(sampler(), 8)
    trials[3] = trial_of(
        3, [{"ccc": [0.5, 0.4], "recall_gap": [0.0, 0.2]}], values=trials[3].values
    )
    trials[4] = trial_of(
        4, [{"ccc": [0.7, None], "recall_gap": [0.1, None]}], values=trials[4].values
    )
    suggested(sampler(), trials)
    assert studied[3].values == pytest.approx([-0.45, 0.1])
    assert studied[3].constraints == {"floor_ccc": pytest.approx(0.15), "diverged_lanes": 0.0}
    assert studied[4].values == pytest.approx([-0.7, 0.1])
    assert studied[4].constraints == {"floor_ccc": pytest.approx(-0.1), "diverged_lanes": 1.0}


def test_each_floor_is_a_constraint(studied: list[FrozenTrial]) -> None:
    floors = [FLOOR, Floor("worst_recall", of_baseline=0.5, baseline=0.4)]
    subject = Sampler(SPACE, floors, 0, "tpe")
    trials = grown(sampler(), 8)
    collapsed = {"ccc": [0.7, 0.7], "recall_gap": [0.0, 0.0], "worst_recall": [0.0, 0.1]}
    trials = [trial_of(n, [collapsed], values=trial.values) for n, trial in enumerate(trials)]
    subject.suggest(Configurations().update(trials))
    assert studied[0].constraints == {
        "floor_ccc": pytest.approx(-0.1),
        "floor_worst_recall": pytest.approx(0.15),
        "diverged_lanes": 0.0,
    }


def test_a_configuration_is_reported_with_all_of_its_lanes(studied: list[FrozenTrial]) -> None:
    trials = grown(sampler(), 8)
    further = trial_of(
        8,
        [{"ccc": [0.1, 0.2], "recall_gap": [0.8, 0.9]}],
        values=trials[0].values,
        seeds=[2, 3],
        purpose="race",
    )
    fresh = dataclasses.replace(further, number=9, seeds=[500, 501], purpose="check")
    suggested(sampler(), [*trials, further, fresh])
    assert len(studied) == 8
    ccc = [v for t in (trials[0], further) for v in t.epochs[0].lanes["ccc"] if v is not None]
    assert studied[0].values[0] == pytest.approx(-sum(ccc) / 4)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("complete", TrialState.COMPLETE),
        ("stopped", TrialState.PRUNED),
        ("failed", TrialState.PRUNED),
        ("running", TrialState.RUNNING),
    ],
)
def test_each_trial_is_reported_by_its_purpose(
    studied: list[FrozenTrial], state: str, expected: TrialState
) -> None:
    trials = grown(sampler(), 8)
    trials[5] = trained(5, trials[5].values, state=state)
    suggested(sampler(), trials)
    assert studied[5].state == expected
    assert [trial.params for trial in studied] == [trial.values for trial in trials]
    assert studied[5].constraints.get("failed", 0.0) == (1e3 if state == "failed" else 0.0)


def test_where_trials_fail_fewer_are_tried() -> None:
    failed = 0
    for seed in range(3):
        subject, trials = sampler(seed=seed), []
        for number in range(40):
            values = suggested(subject, trials)
            bad = values["alpha0"] < 1.0  # half of the space
            trials.append(trained(number, values, state="failed" if bad else "complete"))
        failed += sum(trial.state == "failed" for trial in trials[8:])
    assert failed < 0.35 * 3 * 32  # of chance it is half; without them it would be four of five


@pytest.mark.parametrize("name", ["gp", "tpe", "random"])
def test_a_space_of_few_values_is_exhausted_when_each_was_tried_once(name: str) -> None:
    few = dataclasses.replace(
        SPACE,
        search={"conv_layers": IntDistribution(1, 3), "kernel": CategoricalDistribution([3, 5])},
    )
    subject, trials = sampler(name, few), []
    while not exhausted(subject, trials):
        values = suggested(subject, trials)
        assert values not in [trial.values for trial in trials]
        lanes = [{"ccc": [0.7, 0.8], "recall_gap": [0.1, 0.2]}]
        trials.append(trial_of(len(trials), lanes, values=values))
    tried = {(trial.values["conv_layers"], trial.values["kernel"]) for trial in trials}
    assert tried == {(layers, kernel) for layers in (1, 2, 3) for kernel in (3, 5)}
    assert len(trials) == 6


@pytest.mark.parametrize("count", [1, 30])
def test_a_space_with_a_continuous_domain_is_never_exhausted(count: int) -> None:
    mixed = dataclasses.replace(
        SPACE,
        search={"kernel": CategoricalDistribution([3]), "alpha0": SPACE.search["alpha0"]},
    )
    lanes = [{"ccc": [0.7], "recall_gap": [0.1]}]
    trials = [
        trial_of(n, lanes, values={"kernel": 3, "alpha0": 0.1 * (n + 1)}) for n in range(count)
    ]
    assert not exhausted(sampler(space=mixed), trials)


def test_a_space_without_domains_is_exhausted_unless_its_only_trial_failed() -> None:
    nothing = sampler(space=dataclasses.replace(SPACE, search={}))
    lanes = [{"ccc": [0.7], "recall_gap": [0.1]}]
    assert suggested(nothing, []) == {}
    assert not exhausted(nothing, [])
    assert not exhausted(nothing, [trial_of(0, lanes, values={}, state="failed")])
    for state in ("running", "complete", "stopped"):
        assert exhausted(nothing, [trial_of(0, lanes, values={}, state=state)])


def test_the_sampler_follows_reported_results() -> None:
    # Lower adversary learning rates are better on both objectives: later ones should be lower.
    trials = grown(sampler("tpe"), 40)
    rates = [float(trial.values["adversary_learning_rate"]) for trial in trials]
    middle = (1e-4 * 1e-1) ** 0.5
    assert sum(rate < middle for rate in rates[:8]) == 4  # a Sobol start is balanced
    assert sum(rate < middle for rate in rates[8:]) > 0.7 * 32


def test_optuna_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    grown(sampler("gp"), 9)
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert capfd.readouterr() == ("", "")
