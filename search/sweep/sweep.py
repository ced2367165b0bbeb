"""A sweep: its folder, its trials on Ray Tune, its front and its files."""

import json
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ray import tune
from ray.tune import TuneError

from fairser_core.tasks.choice import Data
from search.front.candidates import candidates
from search.front.configurations import Configurations
from search.front.floors import Floor, bounds
from search.front.front import Front, build
from search.front.history import History, Moment
from search.planning.failures import MAX_FAILURES, Failures
from search.planning.plan import Opener, Plan, common_seeds
from search.planning.sampler import Sampler, SamplerName
from search.presentation.front_files import front_files
from search.ray_tune.cluster import Resources, check_ray, watched
from search.ray_tune.recorder import Recorder
from search.ray_tune.scheduler import PlanScheduler
from search.ray_tune.searcher import PlanSearcher
from search.ray_tune.trainable import train_trial
from search.space.space import Budget, Space
from search.store import snapshots as checkpoint
from search.store.log import Log
from search.store.models import drop_models
from search.store.storage import Storage, StorageError

SPACE_FILE, FACTS_FILE, STAGE1_FILE = "space.toml", "sweep.json", "stage1.model"
FACTS = {"name", "id", "space"}  # of sweep.json from the beginning
KEPT_ERRORS = 3.0  # standard errors off the front at which a model is not kept


def saved_facts(folder: Storage) -> dict[str, Any] | None:
    """What sweep.json holds; None if there is none.

    Raises:
        StorageError: it is not what a sweep writes; names the file.
    """
    content, place = folder.read(FACTS_FILE), folder.where(FACTS_FILE)
    if content is None:
        return None
    try:
        facts = json.loads(content)
    except ValueError as error:
        raise StorageError(f"{place} cannot be read: {error}") from error
    if not isinstance(facts, dict) or not set(facts) >= FACTS:
        raise StorageError(f"{place} is not of a sweep: it must hold {', '.join(sorted(FACTS))}")
    return facts


@dataclass
class Sweep:
    """One search of a space on a corpus.

    Attributes:
        name: of the sweep and of its folder.
        folder: where its files lie.
        space: what is searched.
        seed: of the sampler and, through `lane_seeds`, of the lanes.
        sampler: where new values come from.
        stopping: whether trials are stopped early.
        floors: what is asked for; none without a baseline.
        baseline: the baseline's metrics, to show beside the front.
        facts: what sweep.json holds; `id` is the sweep's own in any tracking store.
    """

    name: str
    folder: Storage
    space: Space
    seed: int
    sampler: SamplerName = "tpe"
    stopping: bool = True
    floors: tuple[Floor, ...] = ()
    baseline: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = Log(self.folder)
        new = {"name": self.name, "id": secrets.token_hex(8), "space": self.space.name}
        self.facts: dict[str, Any] = saved_facts(self.folder) or new
        self._configurations = Configurations()
        self._front: Front | None = None
        self._front_of = -1
        self._history: History | None = None

    @property
    def seeds(self) -> list[int]:
        """Seeds that the search may train with."""
        return common_seeds(self.space.budget, self.seed)

    def plan(self) -> Opener:
        """What is to be trained next, as the log stands."""
        sampler = Sampler(self.space, self.floors, self.seed, self.sampler)
        return Plan(self.log, self.space, self.floors, self.seed, sampler, self.stopping)

    @property
    def budget(self) -> Budget:
        """What its trials may train."""
        return self.space.budget

    @property
    def done(self) -> bool:
        """Whether there is nothing left to train."""
        return self.plan().finished

    def front(self) -> Front:
        """The front as the log stands; recomputed when a trial has ended."""
        ended = len(self.log.ends)
        if self._front is None or ended != self._front_of:
            self._front = build(
                self._configurations.update(self.log.trials.values()),
                self.space.objectives,
                self.space.reference,
                self.floors,
                self.baseline,
            )
            self._front_of = ended
        return self._front

    def history(self) -> list[Moment]:
        """How the front grew."""
        if self._history is None:
            self._history = History(self.log, self.space, self.floors, self.front().corner)
        return self._history.update()

    def write_facts(self) -> None:
        """Write space.toml and sweep.json."""
        facts = json.dumps(self.facts, indent=2).encode()
        self.write({SPACE_FILE: self.space.to_toml().encode(), FACTS_FILE: facts})

    def front_files(self) -> dict[str, bytes]:
        """The front and how it grew, as files by name."""
        return front_files(self.front(), self.history(), self.name)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files into the sweep's folder."""
        for name, content in files.items():
            self.folder.write(name, content)

    def tidy(self) -> None:
        """Remove what the trial that ended last left behind and nobody asks for.

        That is its checkpoints, and the models of its configuration if it is far from the front.
        """
        checkpoint.drop(self.folder, self.log.ends[-1].trial)
        trained = self._configurations.update(self.log.trials.values())
        found = candidates(trained, self.space.objectives, bounds(self.floors))
        near = set(found.owners[found.near(KEPT_ERRORS)].tolist())
        for row, configuration in enumerate(trained):
            numbers = [trial.number for trial in configuration.counted]
            if self.log.ends[-1].trial in numbers and row not in near:
                for number in numbers:
                    drop_models(self.folder, number)

    def _common(self, need: Resources) -> dict[str, Any]:
        """What the configurations of all trials hold."""
        return {
            "method": self.space.method,
            "settings": self.space.fixed,
            "objectives": list(self.space.objectives),
            "floors": bounds(self.floors),
            "keep": "front",
            "folder": self.folder.uri,
            "cpus": need.cpus,
            "gpus": need.gpus,
        }

    def run(
        self,
        data: Data,
        need: Resources,
        concurrent: int,
        changed: Callable[["Sweep"], None],
        max_failures: int = MAX_FAILURES,
    ) -> None:
        """Run what is left of the sweep on Ray Tune.

        Args:
            data: arrays of the task; handed to the workers through Ray's object store.
            need: of each trial.
            concurrent: trials at once.
            changed: called after each event, with the log up to date.
            max_failures: how often a trial is begun again without getting on in between.

        Raises:
            SweepFailed: every trial fails.
            StorageError: the results folder cannot be written; what the log holds is safe.
            ClusterError: Ray ended.
        """
        plan = self.plan()
        if plan.finished:
            return
        self.log.began()
        ended = len(self.log.ends)
        if ended:
            self.tidy()  # it may have been interrupted before it could

        def heard() -> None:
            nonlocal ended
            if len(self.log.ends) > ended:
                ended = len(self.log.ends)
                self.tidy()
            changed(self)

        failures = Failures(self.folder, self.log, max_failures)
        recorder = Recorder(self.log, failures, heard, check_ray)
        with watched(), tempfile.TemporaryDirectory(prefix="fairser-ray-") as scratch:
            tuner = tune.Tuner(
                tune.with_resources(
                    tune.with_parameters(train_trial, data=data),
                    {"cpu": need.cpus, "gpu": need.gpus},
                ),
                tune_config=_tune_config(
                    PlanSearcher(self.log, plan, self._common(need)),
                    PlanScheduler(recorder, plan),
                    concurrent,
                ),
                run_config=tune.RunConfig(
                    name=self.name, storage_path=scratch, verbose=0, callbacks=[recorder]
                ),
            )
            try:
                tuner.fit()
            except TuneError:
                if recorder.error:
                    raise recorder.error from None
                raise


def _tune_config(
    searcher: PlanSearcher, scheduler: PlanScheduler, concurrent: int
) -> tune.TuneConfig:
    return tune.TuneConfig(
        search_alg=searcher,
        scheduler=scheduler,
        num_samples=-1,  # until the plan has no more
        max_concurrent_trials=concurrent,
        reuse_actors=True,
        trial_name_creator=_trial_name,
        trial_dirname_creator=_trial_name,
    )


def _trial_name(trial: Any) -> str:
    """Ray's own names bear the sweep's numbers."""
    return f"trial-{trial.config['trial']:04d}"
