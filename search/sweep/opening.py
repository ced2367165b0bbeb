"""Opening of a sweep: a new one, or one to resume."""

import dataclasses
import secrets
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from search.arguments.run_options import PATHS, RunOptions
from search.arguments.run_request import RunRequest
from search.corpus.facts import InputFacts
from search.planning.seeds import common_seeds, fresh_seeds
from search.space.load import load
from search.space.space import Space
from search.store.storage import Storage, StorageError
from search.sweep import provenance
from search.sweep.base import base_changes
from search.sweep.facts import STAGE1_FILE, SweepFacts
from search.sweep.head import SPACE_FILE, SweepHead, named_by, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.prerequisites import baseline_front, baseline_lanes, floors_of, saved_baseline
from search.sweep.sweep import Sweep
from search.sweep.trust import trusted_options


class NotBegun(ValueError):
    """Error of a sweep that has nothing to show yet."""


@dataclass(frozen=True)
class Opening:
    """Opening of a sweep that is to run, before its corpus is read.

    Attributes:
        name: name of the sweep and of its folder.
        folder: folder of its files.
        space: space that is searched.
        options: options that it runs with.
        facts: facts in sweep.json; None for a new sweep.
    """

    name: str
    folder: Storage
    space: Space
    options: RunOptions
    facts: SweepFacts | None

    def changes(self, now: SweepFacts) -> list[str]:
        """Return changes of versions and code since the sweep ran last, in sentences.

        Args:
            now: facts of the sweep as it runs now.
        """
        if not self.facts:
            return []
        return provenance.changes(self.facts.versions, self.facts.git, now.versions, now.git)

    def head(self, inputs: InputFacts) -> SweepHead:
        """Return the head of the sweep as it runs now.

        Args:
            inputs: facts of the corpus and the features that it learns from.
        """
        before = self.facts or SweepFacts(
            self.name, secrets.token_hex(8), self.space.name, inputs, self.options
        )
        budget = self.space.budget
        facts = dataclasses.replace(
            before,
            commands=(*before.commands, provenance.command()),
            options=self.options,
            lane_seeds=tuple(common_seeds(budget, self.options.seed)),
            fresh_seeds=tuple(fresh_seeds(self.options.seed, budget.check_seeds)),
            searched=self.space.facts(),
            inputs=inputs,
            versions=provenance.versions(),
            git=provenance.git_state(),
            own=True,  # no option is left that nobody chose or accepted
        )
        return SweepHead(self.name, self.folder, self.space, facts)


def open_sweep(request: RunRequest, results: Storage, console: Console | None = None) -> Opening:
    """Open a new sweep, or the one to resume.

    Args:
        request: request of the command line.
        results: folder of all sweeps.
        console: console that shows what is accepted of a folder from elsewhere; None for none.

    Raises:
        NoSuchSweep: there is no sweep to resume.
        Untrusted: the folder of the sweep to resume is from elsewhere and names what leads out.
        StorageError: a new sweep's name is taken, or a file is not what a sweep writes.
        SpaceError: the space cannot be searched.
    """
    if request.resume:
        with named_by("--resume"):
            head = saved_head(results, request.resume)
        options = trusted_options(head.facts, head.folder, request.given, console=console)
        trials = request.given.get("trials", head.space.budget.trials)
        budget = dataclasses.replace(head.space.budget, trials=trials)
        space = dataclasses.replace(head.space, budget=budget)
        return Opening(head.name, head.folder, space, options, head.facts)
    options = RunOptions().changed(_absolute(request.given))
    space = new_space(options, request.changes, results)
    name = options.name or f"{space.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder = results.folder(name)
    early = {SPACE_FILE, STAGE1_FILE}  # alone, they were left by a sweep killed as it began
    if set(folder.names("")) - early:
        raise StorageError(
            f"sweep {name!r} exists already ({folder.where()}); go on with it by "
            f"--resume {shlex.quote(name)}, or choose another --name"
        )
    return Opening(name, folder, space, options, None)


def _absolute(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with absolute paths, which hold from any folder when resuming."""
    return {n: Path(v).expanduser().absolute() if n in PATHS else v for n, v in given.items()}


def new_space(options: RunOptions, changes: Mapping[str, Any], results: Storage) -> Space:
    """Return the space of a new sweep: the file, then --base, then --set, then the budget.

    Args:
        options: options of the sweep.
        changes: values by key that `--set` changes.
        results: folder of all sweeps.
    """
    corpus = options.corpus.corpus
    if options.base:
        changes = {**base_changes(options.base, results, load(options.space, corpus)), **changes}
    space = load(options.space, corpus, changes)
    return dataclasses.replace(space, budget=options.budget(space.budget))


def opened(name: str, results: Storage) -> Sweep:
    """Return a sweep that was run, with its floors and its baseline.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        NotBegun: the sweep was stopped before its baseline was trained.
    """
    head = saved_head(results, name)
    baseline = saved_baseline(head, results)
    if head.space.floor and baseline is None:
        raise NotBegun(
            f"sweep {name!r} has no baseline yet: go on with it by --resume {shlex.quote(name)}"
        )
    return searching(head, baseline)


def searching(head: SweepHead, baseline: Sweep | None) -> Sweep:
    """Return a sweep that searches above the floors that its baseline sets.

    Args:
        head: head of the sweep.
        baseline: sweep that trained its baseline; None where its space has no floors.

    Raises:
        PrerequisiteFailed: the baseline's training failed, or it has no value in a floor's metric.
    """
    options = head.facts.options
    stopping = options.scheduler != "none"
    policy = SearchPolicy(sampler=options.sampler, stopping=stopping)
    if baseline:
        floors, metrics = floors_of(head.space, baseline)
        points = baseline_front(head.space, baseline, floors, metrics)
        policy = dataclasses.replace(
            policy,
            floors=floors,
            baseline=metrics,
            baseline_points=points,
            baseline_lanes=baseline_lanes(head.space, baseline),
        )
    return Sweep(head, policy, baseline=baseline)
