"""A sweep's state: its head, its log, its front and its files."""

from collections.abc import Mapping

from search.front.configurations import Configurations
from search.front.front import Front
from search.front.history import History, Moment
from search.planning.plan import Opener, common_seeds
from search.space.space import Budget, Space
from search.store import snapshots
from search.store.log import Log
from search.store.models import drop_models
from search.store.storage import Storage
from search.sweep.facts import SweepFacts
from search.sweep.head import SweepHead
from search.sweep.policy import Policy


class Sweep:
    """A sweep: trials of one space on one corpus, kept in one folder.

    Attributes:
        head: name, folder, space and facts.
        policy: what is trained next, and how it is judged.
        log: trials as they stand.
    """

    def __init__(self, head: SweepHead, policy: Policy, log: Log | None = None) -> None:
        """Replay the log of the head's folder, or take the one that was replayed before."""
        self.head, self.policy = head, policy
        self.log = Log(head.folder) if log is None else log
        self._configurations = Configurations()
        self._front: Front | None = None
        self._front_of = -1
        self._history: History | None = None

    @property
    def name(self) -> str:
        """Name of the sweep and of its folder."""
        return self.head.name

    @property
    def folder(self) -> Storage:
        """Where the sweep's files lie."""
        return self.head.folder

    @property
    def space(self) -> Space:
        """What is searched."""
        return self.head.space

    @property
    def facts(self) -> SweepFacts:
        """What sweep.json holds."""
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
        """What the trials may train."""
        return self.policy.budget(self.head, self.log)

    def plan(self) -> Opener:
        """Return what is to be trained next, as the log stands."""
        return self.policy.plan(self.head, self.log)

    @property
    def done(self) -> bool:
        """Whether nothing is left to train."""
        return self.plan().finished

    def front(self) -> Front:
        """Return the front as the log stands; recomputed when a trial has ended."""
        ended = len(self.log.ends)
        if self._front is None or ended != self._front_of:
            trained = self._configurations.update(self.log.trials.values())
            self._front = self.policy.front(self.head, self.log, trained)
            self._front_of = ended
        return self._front

    def history(self) -> list[Moment] | None:
        """Return how the front grew; None where nothing grows."""
        if self._history is None:
            self._history = self.policy.history(self.head, self.log, self.front())
        return None if self._history is None else self._history.update()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files into the sweep's folder."""
        for name, content in files.items():
            self.folder.write(name, content)

    def tidy(self) -> None:
        """Remove what the trial that ended last left behind and nobody asks for.

        That is its snapshots, and the models of its configuration if it is beaten by far.
        """
        last = self.log.ends[-1].trial
        snapshots.drop(self.folder, last)
        trained = self._configurations.update(self.log.trials.values())
        for configuration in self.policy.beaten(self.head, trained):
            numbers = [trial.number for trial in configuration.counted]
            if last in numbers:
                for number in numbers:
                    drop_models(self.folder, number)
