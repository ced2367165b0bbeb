"""The verdict on sweeps of known outcome, and the words that say it."""

import dataclasses
import shlex
from collections.abc import Sequence

import numpy as np
import pytest

from search.commands.export import verdict_on_member
from search.front.configurations import Configurations
from search.front.floors import Floor
from search.front.fresh import judged, refutation, standing
from search.front.front import Front, build
from search.front.names import point_name
from search.front.pick import pick
from search.posterior.claims import Chances, Claim
from search.posterior.posterior import Posterior
from search.presentation.wording import (
    floors_text,
    judged_text,
    marked_names,
    refuted_sentence,
    refuted_text,
)
from search.store.trials import TrialRecord
from search.tasks.constant import constant_detectors, constant_levels
from search.tasks.facts import CorpusFacts
from search.verdict.readme import readme
from search.verdict.subject import Difference, MemberTest, Subject
from search.verdict.verdict import Kind, verdict
from tests.support.fake_training import FLOOR, OBJECTIVES, trial_of
from tests.support.posteriors import goal, lanes

BASELINE = {"ccc": 0.70, "ccc_sd": 0.01, "recall_gap": 0.61, "recall_gap_sd": 0.02}
CORPUS = CorpusFacts("own", "f", utterances={"train female": 15, "train male": 15, "test male": 9})
SUBJECT = Subject(
    address="sweep",
    corpus=CORPUS,
    constant=lambda metrics: constant_levels(metrics, ("female", "male")),
    threshold=True,
    trials=20,
    epochs=16,
    batch=200,
    done=True,
)


def around(ccc: float, gap: float) -> dict[str, Sequence[float | None]]:
    return {"ccc": [ccc - 0.01, ccc + 0.01], "recall_gap": [gap - 0.02, gap + 0.02]}


def trained(
    members: Sequence[tuple[float, float]], fresh: Sequence[tuple[float, float]] = ()
) -> list[TrialRecord]:
    """Trials of a CCC and a gap each, and their checks with fresh seeds."""
    trials = [trial_of(n, [around(*pair)]) for n, pair in enumerate(members)]
    for number, pair in enumerate(fresh):
        values = {"alpha0": float(number)}
        check = trial_of(
            len(trials), [around(*pair)], values=values, purpose="check", seeds=[90, 91]
        )
        trials.append(check)
    return trials


def front_of(
    trials: Sequence[TrialRecord],
    base: Sequence[tuple[float, float]] = ((0.70, 0.61),),
    floors: Sequence[Floor] = (FLOOR,),
) -> Front:
    reference = {"ccc": 0.0, "recall_gap": 1.0}
    front = build(Configurations().update(trials), OBJECTIVES, reference, floors, BASELINE)
    own = [trial_of(n, [around(*pair)]) for n, pair in enumerate(base)]
    points = build(Configurations().update(own), OBJECTIVES, reference, floors).members
    return dataclasses.replace(front, baseline_points=points)


MEMBERS = [(0.69, 0.36), (0.72, 0.50)]


def claim_of(sd: float, ccc: float = 0.7) -> Claim:
    """A claim of a CCC with a standard deviation, and of a gap of .4 with none."""
    chances = Chances(Posterior(lanes(), goal()))
    sds = {"ccc": sd, "recall_gap": 0.0}
    return Claim(0, 1, {"ccc": ccc, "recall_gap": 0.4}, sds, chances, 2, 2, 1.0)


def test_a_member_to_take_states_what_it_gives_and_takes() -> None:
    fresh = [(0.685, 0.37), (0.715, 0.52)]
    found = verdict(front_of(trained(MEMBERS, fresh)), SUBJECT)
    assert found.kind is Kind.TAKE
    assert found.member is not None
    assert point_name(found.member) == "0@1"
    assert found.text == (
        "take this one: If .015 of CCC may be given up (.700 to .685), 0@1 brings the recall gap "
        "from .610 to .370 (by fresh seeds), against baseline@1, which the same rule takes of the "
        "baseline."
    )
    test, export = (shlex.split(command) for command in found.commands)
    assert test[-3:] == ["sweep", "--pick", "0@1"]
    assert export[-3:] == ["sweep", "--pick", "0@1"]
    assert "replicate" in found.commands[0]
    assert "export" in found.commands[1]


def test_without_fresh_seeds_or_unfinished_the_verdict_says_so() -> None:
    front = front_of(trained(MEMBERS))
    assert verdict(front, SUBJECT).text.endswith(
        "which the same rule takes of the baseline. No fresh seeds have checked the front."
    )
    running = dataclasses.replace(SUBJECT, done=False)
    unfinished = verdict(front, running)
    assert unfinished.text.endswith("The sweep is unfinished.")
    assert shlex.split(unfinished.commands[0])[-2:] == ["--resume", "sweep"]


def test_a_member_that_gives_nothing_up_is_offered_without_an_if() -> None:
    found = verdict(front_of(trained([(0.72, 0.36)], [(0.71, 0.37)])), SUBJECT)
    assert "Without giving up CCC (.700 to .710), 0@1 brings the recall gap" in found.text


@pytest.mark.parametrize(
    ("ccc", "gap", "words"),
    [
        (0.6998, 0.36, "Without giving up CCC (.700 to .700), 0@1 brings the recall gap from .610"),
        (0.75, 0.6101, "Without giving up CCC (.700 to .750), 0@1 leaves the recall gap at .610"),
    ],
)
def test_an_offer_states_a_difference_only_where_its_figures_differ(
    ccc: float, gap: float, words: str
) -> None:
    assert words in verdict(front_of(trained([(ccc, gap)], [(ccc, gap)])), SUBJECT).text


def test_nothing_is_gained_where_the_baseline_beats_all_that_stands() -> None:
    # Nothing beats 0@1, and fresh seeds put it below the floor; 1@1 stands, and gives nothing.
    front = front_of(trained([(0.61, 0.36), (0.69, 0.62)], [(0.55, 0.36)]))
    assert [point_name(point) for point in standing(front)] == ["1@1"]
    found = verdict(front, SUBJECT)
    assert found.kind is Kind.NOTHING_GAINED
    assert "with fresh seeds, or by what is expected of them, no member beats" in found.text


def test_where_none_is_within_the_tolerance_the_nearest_is_offered_with_a_word() -> None:
    found = verdict(front_of(trained([(0.61, 0.2)], [(0.61, 0.2)])), SUBJECT)
    first, second = found.sentences
    assert "If .090 of CCC may be given up (.700 to .610), 0@1 brings the recall gap" in first
    assert first.endswith("against baseline@1, which the same rule takes of the baseline.")
    assert second == "No member is within 0.02 of the baseline's CCC: 0@1 comes nearest."


def test_a_member_that_is_only_more_accurate_gains_nothing() -> None:
    front = front_of(trained([(0.75, 0.66)], [(0.75, 0.66)]))
    text = verdict(front, SUBJECT).text
    assert text.startswith(
        "nothing gained: on this corpus de-biasing did not help: with fresh seeds no member "
        "within 0.02 of the baseline's CCC is fairer. baseline@1 has CCC .700, recall gap .610; "
        "0@1 has CCC .750, recall gap .660 (by fresh seeds); difference from baseline@1"
    )
    assert "Fairer" not in text
    both = [(0.75, 0.66), (0.62, 0.2)]
    found = verdict(front_of(trained(both, both)), SUBJECT)
    assert found.kind is Kind.NOTHING_GAINED
    assert "Fairer for more CCC: 1@1, CCC .620, recall gap .200 (by fresh seeds)." in found.text


def test_a_gain_that_chance_among_seeds_explains_is_said_to_be_such() -> None:
    # Two fresh seeds against two of the baseline: sds .028, so a gap must differ by .12.
    front = front_of(trained(MEMBERS, [(0.685, 0.58), (0.715, 0.62)]))
    found = verdict(front, SUBJECT)
    assert found.kind is Kind.TAKE
    assert (
        "Chance among seeds may explain this: difference from baseline@1 with fresh seeds: "
        "CCC -.015 [-.076, +.046], recall gap -.030 [-.152, +.092]."
    ) in found.sentences
    clear = verdict(front_of(trained(MEMBERS, [(0.685, 0.37), (0.715, 0.52)])), SUBJECT)
    assert "Chance" not in clear.text
    means = {"ccc": 0.6, "recall_gap": 0.4}
    tested = MemberTest("now", 10, "baseline@1", means, {"recall_gap": Difference(-0.1, -0.2, 0)})
    assert "Chance" not in verdict(front, dataclasses.replace(SUBJECT, tests={"0@1": tested})).text


def test_a_search_without_de_biasing_is_not_said_to_have_had_any() -> None:
    front = front_of(trained(MEMBERS, [(0.66, 0.65), (0.68, 0.70)]))
    plain = verdict(front, dataclasses.replace(SUBJECT, debiases=False))
    assert plain.text.startswith("nothing gained: on this corpus another setting did not help: ")


def test_without_a_baseline_no_gain_is_stated() -> None:
    front = front_of(trained(MEMBERS, MEMBERS))
    found = verdict(dataclasses.replace(front, baseline={}, baseline_points=()), SUBJECT)
    assert found.kind is Kind.ALONE
    assert found.member is not None
    assert (
        f"{point_name(found.member)}, the fairest within 0.02 of the best CCC, has CCC "
    ) in found.text
    assert found.commands[-1].startswith("fairser export sweep --pick ")
    refuted = front_of(trained(MEMBERS, [(0.55, 0.36), (0.58, 0.52)]))
    alone = dataclasses.replace(refuted, baseline={}, baseline_points=())
    assert verdict(alone, SUBJECT).kind is Kind.REFUTED


def test_fresh_seeds_below_a_floor_are_stated_where_they_refute_nothing() -> None:
    front = front_of(trained([(0.605, 0.4)], [(0.597, 0.4)]))
    certain = dataclasses.replace(front.members[0], claim=claim_of(0.001, 0.605))
    stated = dataclasses.replace(front, points=(certain,))
    assert refutation(stated, certain) == ""  # by all seeds it has a CCC above the floor of .6
    found = verdict(stated, SUBJECT)
    assert found.kind is Kind.TAKE
    text = "Fresh seeds alone speak against 0@1: ccc 0.597, below the floor 0.600."
    assert text in found.sentences


def test_a_refuted_member_is_named_and_the_rules_pass_it_over() -> None:
    # By the search 0@1 is the fairest within .02 of the baseline; fresh seeds put it below .6.
    front = front_of(trained(MEMBERS, [(0.55, 0.36), (0.715, 0.52)]))
    first, second = sorted(front.members, key=lambda point: point.trial)
    assert refutation(front, first) == "ccc 0.550, below the floor 0.600"
    assert refutation(front, second) == ""
    assert standing(front) == (second,)
    assert {point_name(pick(front, rule)) for rule in ("fairest", "knee", "fairest-within")} == {
        "1@1"
    }
    found = verdict(front, SUBJECT)
    assert found.kind is Kind.TAKE
    assert "Refuted by fresh seeds: 0@1 (ccc 0.550, below the floor 0.600)." in found.text


def test_a_sweep_whose_members_fresh_seeds_refute_is_refuted() -> None:
    found = verdict(front_of(trained(MEMBERS, [(0.55, 0.36), (0.50, 0.52)])), SUBJECT)
    assert found.kind is Kind.REFUTED
    assert found.member is None
    assert "--resume sweep --trials 40" in found.commands[0]


def test_rules_rank_refuted_members_by_fresh_seeds_and_the_mark_says_that_all_are() -> None:
    # By the search 1@1 is the most accurate; fresh seeds put both below .6, and 0@1 above 1@1.
    front = front_of(trained(MEMBERS, [(0.55, 0.36), (0.50, 0.52)]))
    assert point_name(front.members[0]) == "1@1"
    assert {point_name(pick(front, rule)) for rule in ("most-accurate", "fairest-within")} == {
        "0@1"
    }
    assert refuted_sentence(front) == (
        "† refuted by fresh seeds, as all members are: take none of them"
    )
    one = front_of(trained(MEMBERS, [(0.55, 0.36), (0.715, 0.52)]))
    assert refuted_sentence(one) == "† refuted by fresh seeds, so that no rule picks it"


def test_fresh_seeds_that_beat_a_member_put_it_off_the_front() -> None:
    front = front_of(trained(MEMBERS, [(0.685, 0.55), (0.715, 0.52)]))
    assert [refutation(front, p) for p in sorted(front.members, key=lambda p: p.trial)] == [
        "off the front, beaten by 1@1",
        "",
    ]


def test_nothing_is_gained_where_the_baseline_beats_every_member() -> None:
    found = verdict(front_of(trained(MEMBERS, [(0.66, 0.65), (0.68, 0.70)])), SUBJECT)
    assert found.kind is Kind.NOTHING_GAINED
    assert "On this corpus de-biasing did not help" in readme("sweep", "The space toy.", found)
    assert "Keep the baseline, or search longer." in found.text
    # Two fresh seeds against two of the baseline, sds .0141: Welch's df is 2, t is 4.303.
    assert "CCC -.020 [-.081, +.041]" in found.text
    assert found.member is None


def test_nothing_is_gained_where_a_test_shows_a_worse_member() -> None:
    front = front_of(trained(MEMBERS, [(0.685, 0.37), (0.715, 0.52)]))
    means = {"ccc": 0.6, "recall_gap": 0.4}
    worse = {"ccc": Difference(-0.02, -0.05, 0.01), "recall_gap": Difference(0.03)}
    tested = MemberTest("2026-11-30T08:00:00Z", 10, "baseline@1", means, worse)
    found = verdict(front, dataclasses.replace(SUBJECT, tests={"0@1": tested}))
    assert found.kind is Kind.NOTHING_GAINED
    assert (
        "0@1 was tested on test data with 10 seeds at 2026-11-30T08:00:00Z: CCC .600, recall gap "
        ".400; difference from baseline@1: CCC -.020 [-.050, +.010], recall gap +.030."
    ) in found.text
    better = dataclasses.replace(tested, differences={**worse, "recall_gap": Difference(-0.1)})
    taken = verdict(front, dataclasses.replace(SUBJECT, tests={"0@1": better}))
    assert taken.kind is Kind.TAKE
    assert len(taken.commands) == 1  # it need not be tested again
    assert "was tested on test data" in taken.sentences[1]


def of_collapse() -> Front:
    """A front whose baseline predicts nobody to be low."""
    lost = {"recall_low_female": 0.0, "recall_low_male": 0.0, "recall_high_female": 1.0}
    return dataclasses.replace(
        front_of(trained(MEMBERS)),
        floors=(FLOOR, Floor("worst_recall", 0.75, 0.0)),
        baseline={**BASELINE, **lost},
    )


def test_a_baseline_that_collapsed_makes_a_sweep_useless_and_says_what_helps() -> None:
    found = verdict(of_collapse(), SUBJECT)
    assert found.kind is Kind.USELESS
    assert found.text.startswith(
        "useless: the baseline learned nothing that could be made fair: nobody is predicted low."
    )
    assert "so the floor of worst_recall means nothing" in found.text
    for help_of in ("30 utterances", "--epochs 32", "--set batch=50", "--threshold"):
        assert help_of in found.text


def test_the_smaller_batch_of_the_advice_leaves_an_epoch_a_few_steps() -> None:
    # A quarter of 200 holds all of the 30 utterances, too.
    small = verdict(of_collapse(), dataclasses.replace(SUBJECT, rows=30)).text
    assert "a smaller batch (--set batch=7)" in small
    large = verdict(of_collapse(), dataclasses.replace(SUBJECT, rows=3000)).text
    assert "a smaller batch (--set batch=50)" in large


def test_a_smoke_sweep_says_what_it_was_for_and_what_comes_next() -> None:
    smoke = dataclasses.replace(SUBJECT, full="fairser run --space adversarial")
    useless = verdict(of_collapse(), smoke)
    assert useless.kind is Kind.USELESS
    assert useless.text.startswith("useless: this was a smoke sweep, which tries every step")
    assert "The baseline learned nothing that could be made fair" in useless.text
    assert "What helps" not in useless.text
    assert useless.commands == ("fairser run --space adversarial",)
    taken = verdict(front_of(trained(MEMBERS)), smoke)
    assert taken.kind is Kind.TAKE
    assert taken.text.endswith("that it ended is its result.")
    assert taken.commands[0] == "fairser run --space adversarial"
    assert taken.commands[1:] == verdict(front_of(trained(MEMBERS)), SUBJECT).commands


def test_a_floor_of_0_never_counts_as_a_floor() -> None:
    for baseline in (0.0, -0.1):
        floor = Floor("worst_recall", 0.75, baseline)
        assert floor.void
        assert floors_text([floor]).endswith(f"no share of the baseline's {baseline:g} is a floor")
    assert not Floor("ccc", 0.75, 0.8).void


def test_detectors_that_never_or_always_fire_are_constant() -> None:
    metrics = {
        "f1_positive_all_anger": 0.0,
        "f1_macro_all_anger": 0.45,
        "f1_positive_all_joy": 0.4,
        "f1_macro_all_joy": 0.2,
        "f1_positive_all_fear": 0.4,
        "f1_macro_all_fear": 0.6,
    }
    names = ("anger", "joy", "fear", "other")
    assert constant_detectors(metrics, names) == [
        "anger is never detected",
        "joy is always detected",
    ]


def test_a_baseline_of_constant_detectors_is_useless() -> None:
    corpus = dataclasses.replace(CORPUS, emotions=("anger", "joy"), utterances={})
    subject = dataclasses.replace(
        SUBJECT,
        corpus=corpus,
        threshold=False,
        constant=lambda metrics: constant_detectors(metrics, corpus.emotions or ()),
    )
    front = front_of(trained(MEMBERS))
    some = {**BASELINE, "f1_positive_all_anger": 0.0}
    assert verdict(dataclasses.replace(front, baseline=some), subject).kind is Kind.TAKE
    every = {**some, "f1_positive_all_joy": 0.0}
    found = verdict(dataclasses.replace(front, baseline=every), subject)
    assert found.kind is Kind.USELESS
    assert "anger is never detected, joy is never detected" in found.text
    assert "--threshold" not in found.text


def test_without_members_the_reason_is_the_verdict() -> None:
    found = verdict(front_of(trained([(0.5, 0.1)])), SUBJECT)
    assert (found.kind, found.sentences[0]) == (
        Kind.EMPTY,
        "1 trial: below the floor of ccc.",
    )


def test_what_is_judged_lies_between_claim_and_fresh_seeds_by_their_precision() -> None:
    (point,) = front_of(trained([(0.7, 0.4)], [(0.69, 0.415)])).members
    values = judged(dataclasses.replace(point, claim=claim_of(0.01)))
    # CCCs lie .01 to both sides of each mean: a variance of .0002, .0001 of a mean of two.
    assert values["ccc"] == pytest.approx(0.695)
    # Gaps lie .02 to both sides, a variance of .0004 of a mean: a claim .015 off is no surprise.
    assert values["recall_gap"] == pytest.approx(0.4)
    assert judged(point)["ccc"] == pytest.approx(0.69)


def test_a_claim_that_fresh_seeds_miss_by_far_counts_for_little() -> None:
    (point,) = front_of(trained([(0.7, 0.4)], [(0.6, 0.4)])).members
    values = judged(dataclasses.replace(point, claim=claim_of(0.001)))
    # It missed by .1, and fresh seeds have a variance of .0001: the claim's is .01 - .0001.
    assert values["ccc"] == pytest.approx((0.0099 * 0.6 + 0.0001 * 0.7) / 0.01)


@pytest.mark.parametrize(("bias", "most"), [(0.0, 0.75), (0.01, 0.95), (0.03, 1.25), (0.1, 1.05)])
def test_what_is_judged_is_nearer_the_truth_than_fresh_seeds_unless_claims_are_off(
    bias: float, most: float
) -> None:
    """Error of what is judged, less than `most` of fresh seeds' alone, from claims with a bias.

    By their precision alone a claim with the standard deviation .005 and a bias of .1 would have
    seven times the error.
    """
    rng, spread, draws = np.random.default_rng(3), 0.02, 2000
    (point,) = front_of(trained([(0.7, 0.4)], [(0.7, 0.4)])).members
    claim, errors, fresh_errors = claim_of(0.005), [], []
    for _ in range(draws):
        seeds, fresh = rng.normal(0.7, spread, 2), rng.normal(0.7, spread, 3)
        drawn = dataclasses.replace(
            point,
            claim=dataclasses.replace(claim, values={"ccc": rng.normal(0.7 + bias, 0.005)}),
            metrics={"ccc": seeds.mean(), "ccc_sd": seeds.std(ddof=1)},
            check={"ccc": fresh.mean(), "ccc_sd": fresh.std(ddof=1)},
            check_seeds=3,
        )
        errors.append(judged(drawn)["ccc"] - 0.7)
        fresh_errors.append(fresh.mean() - 0.7)
    ratio = np.linalg.norm(errors) / np.linalg.norm(fresh_errors)
    assert ratio < most


def test_words_name_the_seeds_that_speak_and_group_refuted_members_by_reason() -> None:
    fresh = [(0.685, 0.55), (0.715, 0.52), (0.68, 0.56)]
    front = front_of(trained([*MEMBERS, (0.68, 0.34)], fresh))
    assert refuted_text(front) == "0@1, 2@1 (off the front, beaten by 1@1)"
    assert marked_names(front) == ["1@1", "0@1 †", "2@1 †"]
    (point,) = (p for p in front.members if p.trial == 1)
    assert judged_text(front, point) == "CCC .715, recall gap .520 (by fresh seeds)"
    claimed = dataclasses.replace(point, claim=claim_of(0.01))
    text = judged_text(front, claimed)
    assert text.endswith("(by all seeds; by fresh ones alone .715, .520)")
    check = {**point.check, "ccc": 0.7001, "recall_gap": 0.4}  # the claim, as numbers are shown
    same = dataclasses.replace(claimed, check=check)
    assert same.check["ccc"] != judged(same)["ccc"]
    assert judged_text(front, same).endswith("(by fresh seeds)")
    assert judged_text(front, dataclasses.replace(point, check={})).endswith("(no fresh seeds)")


def test_a_card_of_another_member_than_the_verdicts_says_so_first() -> None:
    judged = verdict(front_of(trained(MEMBERS)), SUBJECT)
    assert judged.member is not None
    taken = point_name(judged.member)
    assert verdict_on_member(judged, taken) == judged.text
    text = verdict_on_member(judged, "1@1")
    assert text.startswith(f"this is 1@1, and not {taken}, which the verdict on its sweep takes. ")
    assert text.endswith(judged.text[1:])
    assert verdict_on_member(dataclasses.replace(judged, member=None), "1@1") == judged.text
