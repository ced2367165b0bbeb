"""A candidate as a point of the front."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.front import uncertainty
from search.front.configurations import Configuration, counted, no_value
from search.front.floors import Floor, bounds, missed
from search.front.speakers import SpeakerFigures
from search.posterior.claims import Claim
from search.space.values import Value
from search.store.trials import TrialState


@dataclass(frozen=True)
class Point:
    """A candidate in the plane of objectives: a configuration at an epoch.

    Attributes:
        trial: name of the configuration, the number of its first trial.
        epoch: number of the epoch.
        trials: numbers of all trials whose lanes count.
        state: state of the first trial, as in the log.
        values: value of each searched key.
        seeds: seeds of the lanes that count.
        metrics: every metric, mean over lanes, and spreads (`<metric>_sd`).
        lanes: each metric per lane; None in a lane that diverged.
        diverged: number of lanes without a value in an objective or a floor's metric.
        feasible: whether it reaches all floors with no lane diverged.
        on_front: whether it is feasible, trained to its end, and beaten by no other such point.
        claim: what endless seeds would show by the posterior of all lanes; None where there is no
            posterior.
        missed: metrics of the floors that it does not reach; none if a lane diverged.
        intervals: 95 % interval of each objective's mean over seeds, on the same utterances.
        speakers: figures over seeds and validation speakers; None where no model was there to
            predict again.
        check: metrics of the same candidate with fresh seeds; empty where none were trained.
        check_failed: number of fresh seeds without a value in an objective or a floor's metric.
        check_seeds: number of fresh seeds in `check`.
    """

    trial: int
    epoch: int
    trials: tuple[int, ...]
    state: TrialState
    values: dict[str, Value]
    seeds: list[int]
    metrics: dict[str, float]
    lanes: dict[str, list[float | None]]
    diverged: int
    feasible: bool
    on_front: bool
    claim: Claim | None = None
    missed: tuple[str, ...] = ()
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    speakers: SpeakerFigures | None = None
    check: dict[str, float] = field(default_factory=dict)
    check_failed: int = 0
    check_seeds: int = 0

    @property
    def expected(self) -> dict[str, float]:
        """Metrics that fresh seeds are expected to show, and standard deviations (`<metric>_sd`).

        The claimed ones, with the posterior's standard deviations; those over the trained lanes
        where nothing is claimed.
        """
        if self.claim is None:
            return self.metrics
        spreads = {f"{name}_sd": sd for name, sd in self.claim.sds.items()}
        return {**self.metrics, **self.claim.values, **spreads}


def point_at(
    configuration: Configuration, epoch: int, floors: Sequence[Floor], objectives: Sequence[str]
) -> Point:
    """Return a candidate as a point, with all that does not depend on other candidates."""
    metrics, lanes = configuration.metrics_at(epoch), configuration.lanes_at(epoch)
    intervals = {name: uncertainty.interval(lanes[name]) for name in objectives if name in lanes}
    names = counted(objectives, bounds(floors))
    diverged = no_value(lanes, names)
    below = () if diverged else missed(floors, metrics)
    return Point(
        trial=configuration.number,
        epoch=epoch,
        trials=tuple(trial.number for trial in configuration.counted),
        state=configuration.state,
        values=configuration.values,
        seeds=configuration.seeds,
        metrics=metrics,
        lanes=lanes,
        diverged=diverged,
        feasible=not diverged and not below,
        on_front=False,
        missed=below,
        intervals={name: interval for name, interval in intervals.items() if interval},
        check=configuration.check_at(epoch),
        check_failed=configuration.check_failed_at(epoch, names),
        check_seeds=configuration.check_seeds_at(epoch),
    )
