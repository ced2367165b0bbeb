"""Choice of the members that are replicated, and of the baseline's candidate beside each.

Alike for alike: the rule that chose a member chooses among the baseline's own epochs too. What is
compared then differs by the de-biasing alone, and not by the freedom to choose an epoch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from search.front.front import Front
from search.front.names import baseline_name, point_name
from search.front.pick import RULES, PickError, pick, top
from search.front.point import Point
from search.front.rule_names import ALL, FAIREST_WITHIN, MOST_ACCURATE
from search.replication import test_record
from search.replication.replication import ReplicatedCandidate, replication_folder
from search.store.fields import naming_file, read_fields
from search.store.sealed_document import read_sealed, write_sealed
from search.store.storage import Storage
from search.sweep.facts import read_facts
from search.sweep.sweep import Sweep

FILE = "choices.json"


@dataclass(frozen=True)
class Counterpart:
    """Candidate of the baseline that a member is compared with, as recorded.

    Attributes:
        rule: rule that chose it.
        tolerance: accuracy that `fairest-within` could give up.
        epoch: epoch of the baseline.
    """

    rule: str
    tolerance: float
    epoch: int


@dataclass(frozen=True)
class Choice:
    """Member that is replicated.

    Attributes:
        candidate: the member.
        counterpart: the baseline's candidate; None without a baseline.
        picked: rule or name by which the member was chosen.
    """

    candidate: ReplicatedCandidate
    counterpart: Counterpart | None
    picked: str = ""


def choose(
    sweep: Sweep, picks: Sequence[str], tolerance: float, count: int | None = None
) -> list[Choice]:
    """Return the members of a sweep's front that rules or names choose, each once.

    Args:
        sweep: sweep with its floors.
        picks: rules or names as `pick` takes them, or `all`.
        tolerance: accuracy that `fairest-within` may give up.
        count: number of members that `top` chooses, in place of `picks`; None without.

    Raises:
        PickError: there is no such member; names the sweep.
    """
    front = sweep.front()
    try:
        if count is None:
            pairs = [pair for name in picks for pair in _members(front, name, tolerance)]
        else:
            pairs = [(point, ALL) for point in top(front, count)]
    except PickError as error:
        raise PickError(f"sweep {sweep.name!r}: {error}") from None
    rules: dict[str, tuple[Point, str]] = {}
    for point, picked in pairs:
        rules.setdefault(point_name(point), (point, picked))
    return [
        Choice(
            ReplicatedCandidate(name, point.values, point.epoch),
            counterpart(front, picked, tolerance),
            picked,
        )
        for name, (point, picked) in rules.items()
    ]


def _members(front: Front, picked: str, tolerance: float) -> list[tuple[Point, str]]:
    everyone = picked == ALL and front.members
    points = front.members if everyone else [pick(front, picked, tolerance)]
    return [(point, picked) for point in points]


def rule_of(front: Front, picked: str) -> str:
    """Return the rule that chooses the baseline's candidate beside a member.

    Args:
        front: front of the member.
        picked: rule or name by which the member was chosen. A name is no rule: beside it stands
            the baseline's `fairest-within`, or its `most-accurate` where accuracy is all.
    """
    if picked in RULES:
        return picked
    return FAIREST_WITHIN if len(front.objectives) > 1 else MOST_ACCURATE


def counterpart(front: Front, picked: str, tolerance: float) -> Counterpart | None:
    """Return the baseline's candidate by the rule that chose a member.

    Args:
        front: front of the member.
        picked: rule or name by which the member was chosen.
        tolerance: accuracy that `fairest-within` may give up.

    Returns:
        None without a baseline, or if none of its epochs reaches all floors.
    """
    if not front.baseline_points:
        return None
    rule = rule_of(front, picked)
    return Counterpart(rule, tolerance, pick(front.of_baseline, rule, tolerance).epoch)


def read_choices(folder: Storage) -> dict[str, Counterpart]:
    """Return the baseline's candidate of each member that was chosen, by the member's name.

    Args:
        folder: folder of the replication; that of an earlier version has no choices.

    Raises:
        StorageError: the file is not what `add_choices` writes.
    """
    document = read_sealed(folder, FILE, _sweep_id(folder), "cannot be read") or {}
    with naming_file(folder.where(FILE), "cannot be read"):
        return {name: read_fields(Counterpart, row, name) for name, row in document.items()}


def add_choices(folder: Storage, choices: Iterable[Choice]) -> None:
    """Record the baseline's candidate of each member; the newest choice holds."""
    recorded = read_choices(folder)
    chosen = {c.candidate.name: c.counterpart for c in choices if c.counterpart}
    if chosen.items() <= recorded.items():
        return
    rows = {name: asdict(each) for name, each in {**recorded, **chosen}.items()}
    write_sealed(folder, FILE, _sweep_id(folder), rows)


def _sweep_id(folder: Storage) -> str:
    """Return the id of a replication, empty where none was written."""
    facts = read_facts(folder)
    return facts.id if facts else ""


def baseline_candidates(baseline: Sweep, choices: Iterable[Choice]) -> list[ReplicatedCandidate]:
    """Return the candidates of a baseline that members are compared with, each once.

    Where none of its epochs reaches the floors, the baseline hands over its last.

    Args:
        baseline: sweep that trained the baseline.
        choices: chosen members.
    """
    last = baseline.space.budget.epochs
    epochs = dict.fromkeys(c.counterpart.epoch if c.counterpart else last for c in choices)
    # An earlier version has tested the last epoch as `baseline`.
    tests = test_record.read(replication_folder(baseline))
    names = {test.epoch: test.name for test in tests}
    return [
        ReplicatedCandidate(names.get(epoch, baseline_name(epoch)), {}, epoch) for epoch in epochs
    ]
