"""A sweep: its folder, its trials on Ray Tune, its front and its files."""

import json
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ray import tune
from ray.tune import TuneError

from fairser_core.tasks.activation import Activation
from search.cluster import Resources
from search.front import Floor, Front, build
from search.front_files import front_files
from search.log import Log
from search.recorder import Recorder
from search.searcher import LogSearcher, OptunaStudy
from search.space import Space
from search.storage import Storage
from search.trial import train_trial

SPACE_FILE, FACTS_FILE = "space.toml", "sweep.json"
MAX_FAILURES = 1  # a trial whose process dies goes on from its checkpoint so many times
LANE_STRIDE = 1000  # lanes of two sweep seeds never meet


def lane_seeds(seed: int, lanes: int) -> list[int]:
    """Seeds of a trial's lanes: the same for every configuration, so that they compare fairly."""
    return [LANE_STRIDE * seed + lane for lane in range(lanes)]


@dataclass
class Sweep:
    """One search of a space on a corpus.

    Attributes:
        name: of the sweep and of its folder.
        folder: where its files lie.
        space: what is searched.
        seed: of the sampler and, through `lane_seeds`, of the lanes.
        floor: the accuracy asked for; None without a baseline.
        baseline: the baseline's metrics, to show beside the front.
        facts: what sweep.json holds; `id` is the sweep's own in any tracking store.
    """

    name: str
    folder: Storage
    space: Space
    seed: int
    floor: Floor | None = None
    baseline: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = Log(self.folder)
        saved = self.folder.read(FACTS_FILE)
        new = {"name": self.name, "id": secrets.token_hex(8), "space": self.space.name}
        self.facts: dict[str, Any] = json.loads(saved) if saved else new
        self._front: Front | None = None
        self._front_of = -1

    @property
    def seeds(self) -> list[int]:
        """Seeds of each trial's lanes."""
        return lane_seeds(self.seed, self.space.budget.seeds)

    @property
    def done(self) -> bool:
        """Whether every trial of the budget has ended."""
        ended = [t for t in self.log.trials.values() if t.state != "running"]
        return len(ended) >= self.space.budget.trials

    def front(self) -> Front:
        """The front as the log stands; recomputed when a trial has ended or begun to report."""
        stamp = sum(len(t.epochs) + (t.state != "running") for t in self.log.trials.values())
        if self._front is None or stamp != self._front_of:
            self._front = build(
                self.log.trials.values(),
                self.space.objectives,
                self.space.reference,
                self.floor,
                self.baseline,
            )
            self._front_of = stamp
        return self._front

    def write_facts(self) -> None:
        """Write space.toml and sweep.json."""
        self.folder.write(SPACE_FILE, self.space.to_toml().encode())
        self.folder.write(FACTS_FILE, json.dumps(self.facts, indent=2).encode())

    def write_front(self) -> dict[str, bytes]:
        """Write the front's files and return them."""
        files = front_files(self.front(), self.name)
        for name, content in files.items():
            self.folder.write(name, content)
        return files

    def run(
        self,
        data: Activation,
        need: Resources,
        concurrent: int,
        changed: Callable[["Sweep"], None],
    ) -> None:
        """Run what is left of the sweep on Ray Tune.

        Args:
            data: arrays of the task; handed to the workers through Ray's object store.
            need: of each trial.
            concurrent: trials at once.
            changed: called after each event, with the log up to date.
        """
        common = {
            "method": self.space.method,
            "settings": self.space.fixed,
            "epochs": self.space.budget.epochs,
            "objectives": list(self.space.objectives),
            "folder": self.folder.uri,
            "cpus": need.cpus,
            "gpus": need.gpus,
        }
        study = OptunaStudy(self.space.search, self.space.objectives, self.floor, self.seed)
        searcher = LogSearcher(self.log, study, self.seeds, self.space.budget.trials, common)
        if not searcher.remaining:
            return
        trainable = tune.with_resources(
            tune.with_parameters(train_trial, data=data), {"cpu": need.cpus, "gpu": need.gpus}
        )
        recorder = Recorder(self.log, lambda: changed(self))
        with tempfile.TemporaryDirectory(prefix="fairser-ray-") as scratch:
            tuner = tune.Tuner(
                trainable,
                tune_config=tune.TuneConfig(
                    search_alg=searcher,
                    num_samples=searcher.remaining,
                    max_concurrent_trials=concurrent,
                    reuse_actors=True,
                    trial_name_creator=_trial_name,
                    trial_dirname_creator=_trial_name,
                ),
                run_config=tune.RunConfig(
                    name=self.name,
                    storage_path=scratch,
                    verbose=0,
                    callbacks=[recorder],
                    failure_config=tune.FailureConfig(max_failures=MAX_FAILURES),
                ),
            )
            try:
                tuner.fit()
            except TuneError:
                if recorder.error:
                    raise recorder.error from None
                raise


def _trial_name(trial: Any) -> str:
    """Ray's own names bear the sweep's numbers."""
    return f"trial-{trial.config['trial']:04d}"
