"""Records of a sweep's trials, as its log holds them."""

import json
from dataclasses import dataclass, field
from typing import Literal

from fairser_core.documents import read_json
from search.space.values import Value
from search.store.fields import read_fields

EndState = Literal["complete", "stopped", "failed"]
TrialState = Literal["running", EndState]
Purpose = Literal["search", "race", "check", "replicate"]


TRIALS = "trials"  # folder of the trials' files, in the sweep's folder


def trial_folder(number: int) -> str:
    """Return the folder of a trial's files, in the sweep's folder."""
    return f"{TRIALS}/{number:04d}"


@dataclass(frozen=True)
class EpochRecord:
    """Record of a reported epoch.

    Attributes:
        epoch: number, counted from 1.
        metrics: means over the lanes, and standard deviations (`<metric>_sd`); all finite.
        lanes: each metric per lane; None in a lane that diverged.
        terms: mean loss terms over the lanes that train.
        seconds: duration of the epoch.
    """

    epoch: int
    metrics: dict[str, float]
    lanes: dict[str, list[float | None]]
    terms: dict[str, float]
    seconds: float

    def to_json(self) -> str:
        """Return the record as one line, which `from_json` reads."""
        return json.dumps(vars(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "EpochRecord":
        """Read what `to_json` wrote.

        Raises:
            ValueError: `text` is not JSON of such a record.
        """
        return read_fields(cls, read_json(text), "record")


@dataclass
class TrialRecord:
    """Record of a trial.

    Attributes:
        number: name of the trial in its sweep, counted from 0.
        values: value of each searched key.
        seeds: seed of each lane.
        purpose: `search` tries new values; `race` trains values near the front with further
            seeds; `check` trains members of the front with fresh seeds after the search;
            `replicate` trains chosen candidates with other fresh seeds, in another sweep.
        limit: most epochs to train.
        state: state of the trial; `running` also where the sweep was interrupted during the trial.
        reason: why the trial was stopped or failed; else empty.
        epochs: reported epochs in order, each once.
        notes: restarts with their reasons, and damaged snapshots, in words.
        stuck: number of restarts since the newest epoch.
        departures: number of nodes that left the cluster under the trial since the newest epoch.
        redone: epochs trained again, because no snapshot held them.
    """

    number: int
    values: dict[str, Value]
    seeds: list[int]
    purpose: Purpose = "search"
    limit: int = 0
    state: TrialState = "running"
    reason: str = ""
    epochs: list[EpochRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stuck: int = 0
    departures: int = 0
    redone: set[int] = field(default_factory=set)

    @property
    def last(self) -> EpochRecord | None:
        """Newest reported epoch; None before the first."""
        return self.epochs[-1] if self.epochs else None

    @property
    def repeated(self) -> int:
        """Number of epochs trained again."""
        return len(self.redone)

    @property
    def trained(self) -> int:
        """Lane-epochs trained: epochs times lanes."""
        return len(self.seeds) * len(self.epochs)

    @property
    def charge(self) -> int:
        """Lane-epochs charged to the budget: those of the limit, or fewer if the trial ended early.

        A failed trial is charged in full; otherwise a search whose trials all fail would never end.
        """
        ended = self.state in ("complete", "stopped")
        return self.trained if ended else len(self.seeds) * self.limit
