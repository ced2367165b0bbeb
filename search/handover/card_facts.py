"""Facts of a bundle that its model card states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairser_core.predictor.bundle import Bundle
from search.front.names import BASELINE
from search.store.fields import read_fields
from search.tasks.facts import CorpusFacts

Row = Mapping[str, float | None]


@dataclass(frozen=True)
class MemberResults:
    """Metrics of a member on test data.

    Attributes:
        baseline: name of the baseline's candidate; None without a tested baseline.
        metrics: columns of each metric's estimate, and the `baseline` mean.
        notes: sentences on levelling down, the choice of the baseline and the looks.
    """

    baseline: str | None
    metrics: Mapping[str, Row]
    notes: Sequence[str]


@dataclass(frozen=True)
class CardFacts:
    """Facts of a bundle, of this version or an earlier one.

    Attributes:
        sweep: name of the sweep.
        member: name of the member of its front.
        picked: rule or name by which the member was chosen.
        verdict: verdict on the sweep, or what is against the member; empty in an earlier bundle.
        trial: number of the trial of the exported seed.
        seed: exported seed.
        seeds: seeds of the member.
        corpus: facts of the corpus.
        member_means: metrics of the member on validation data.
        fresh_means: the same with fresh seeds.
        baseline: name of the baseline's candidate.
        baseline_means: its metrics on validation data.
        tests: time and number of seeds of each test; None in a bundle that says nothing of tests.
        results: metrics on test data; None without a test.
        versions: versions of the packages that trained it.
        revision: revision of the code, in words; empty where it is not known.
    """

    sweep: str
    member: str
    picked: str
    verdict: str
    trial: int
    seed: int
    seeds: Sequence[int]
    corpus: CorpusFacts
    member_means: Mapping[str, float]
    fresh_means: Mapping[str, float]
    baseline: str
    baseline_means: Mapping[str, float]
    tests: Sequence[tuple[str, int]] | None
    results: MemberResults | None
    versions: Mapping[str, str]
    revision: str

    @classmethod
    def of(cls, bundle: Bundle) -> "CardFacts":
        """Return the facts in a bundle's provenance."""
        about = bundle.provenance
        tests, results, git = about.get("tests"), about.get("results"), about["git"]
        return cls(
            sweep=about["sweep"],
            member=about["member"],
            picked=about["picked"],
            verdict=about.get("verdict", ""),
            trial=about["trial"],
            seed=about["seed"],
            seeds=about["seeds"],
            corpus=read_fields(CorpusFacts, about["corpus"], "corpus"),
            member_means=about["member_means"],
            fresh_means=about["fresh_means"],
            baseline=about.get("baseline", BASELINE),
            baseline_means=about["baseline_means"],
            tests=None if tests is None else [(test["time"], test["seeds"]) for test in tests],
            results=MemberResults(**results) if results else None,
            versions=about["versions"],
            revision=f"{git['revision']}{' with changes' if git['dirty'] else ''}" if git else "",
        )
