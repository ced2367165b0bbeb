"""Sweep: its head, its log, its front and its files."""

from collections.abc import Mapping

from search.front.configurations import Configuration, Configurations
from search.front.front import Front
from search.front.history import History, Moment
from search.front.speakers import Records, read_speakers, write_speakers
from search.planning.log_plan import Opener
from search.planning.seeds import common_seeds
from search.posterior.posterior import Posterior
from search.space.space import Budget, Space
from search.store import snapshots
from search.store.log import Log
from search.store.models import Model, drop_models, load_model
from search.store.seal import Place
from search.store.storage import Storage
from search.store.trials import TrialRecord
from search.sweep.facts import SweepFacts
from search.sweep.head import SweepHead
from search.sweep.policy import Policy


class Sweep:
    """Sweep of one space on one corpus, in one folder.

    Attributes:
        head: name, folder, space and facts.
        policy: choice of the next trials, and judgement of the trained ones.
        baseline: sweep that trained the baseline; None without a baseline.
        log: log of the trials.
        speakers: records of the front's members over the validation speakers, by their names.
    """

    def __init__(
        self,
        head: SweepHead,
        policy: Policy,
        log: Log | None = None,
        baseline: "Sweep | None" = None,
    ) -> None:
        """Replay the log in the head's folder, unless it is given."""
        self.head, self.policy, self.baseline = head, policy, baseline
        self.log = Log(head.folder) if log is None else log
        self.log.check_of(head.facts.id)
        self._configurations = Configurations()
        self._judge = policy.judge(head)
        self._front: Front | None = None
        self._front_of = -1
        self.speakers: Records = read_speakers(head.folder, head.facts.id)
        self._history: History | None = None

    @property
    def name(self) -> str:
        """Name of the sweep and of its folder."""
        return self.head.name

    @property
    def folder(self) -> Storage:
        """Folder of the sweep's files."""
        return self.head.folder

    @property
    def space(self) -> Space:
        """Space that is searched."""
        return self.head.space

    @property
    def facts(self) -> SweepFacts:
        """Facts in sweep.json."""
        return self.head.facts

    @property
    def seed(self) -> int:
        """Seed of the sampler and, through `lane_seeds`, of the lanes."""
        return self.head.seed

    @property
    def seeds(self) -> list[int]:
        """Seeds that the search may train with."""
        return common_seeds(self.space.budget, self.seed)

    @property
    def budget(self) -> Budget:
        """Budget that the trials may train."""
        return self.policy.budget(self.head, self.log)

    def plan(self) -> Opener:
        """Return the plan of what is trained next, as the log stands."""
        return self.policy.plan(self.head, self.log, self._judge)

    @property
    def done(self) -> bool:
        """Whether nothing is left to train."""
        return self.plan().finished

    def place(self, trial: TrialRecord) -> Place:
        """Return the place that the files of a trial are sealed to."""
        return Place(self.facts.name, trial.number, tuple(trial.seeds))

    def model(self, trial: TrialRecord, epoch: int) -> Model:
        """Read a kept model of a trial, compared with the log.

        Raises:
            StorageError: see `load_model`.
        """
        logged = trial.epochs[epoch - 1] if epoch <= len(trial.epochs) else None
        return load_model(self.folder, self.place(trial), epoch, logged)

    def front(self) -> Front:
        """Return the front as the log stands; recomputed when a trial has ended."""
        ended = len(self.log.ends)
        if self._front is None or ended != self._front_of:
            trained, posterior = self._judged()
            front = self.policy.front(self.head, trained, posterior)
            self._front = front.with_speakers(self.speakers)
            self._front_of = ended
        return self._front

    def _judged(self) -> tuple[list[Configuration], Posterior | None]:
        """Return the configurations and their posterior."""
        trained = self._configurations.update(self.log.trials.values())
        return trained, self._judge.posterior(trained) if self._judge else None

    def history(self) -> list[Moment] | None:
        """Return the moments of the front's history; None where nothing grows."""
        if self._history is None:
            self._history = self.policy.history(self.head, self.log, self.front())
        return None if self._history is None else self._history.update()

    def keep_speakers(self, records: Records) -> None:
        """Write the records of the front's members over the validation speakers."""
        write_speakers(self.folder, self.facts.id, records)
        self.speakers, self._front = records, None

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files into the sweep's folder."""
        for name, content in files.items():
            self.folder.write(name, content)

    def tidy(self) -> None:
        """Remove the files of the trial that ended last which are not needed any more.

        These are its snapshots, and the models of its configuration at epochs beaten by far.
        """
        last = self.log.ends[-1].trial
        snapshots.drop(self.folder, last)
        trained, posterior = self._judged()
        needed = self.policy.needed(self.head, trained, posterior)
        for configuration, epochs in zip(trained, needed, strict=True):
            numbers = [trial.number for trial in configuration.counted]
            if last in numbers:
                for number in numbers:
                    drop_models(self.folder, number, epochs)
