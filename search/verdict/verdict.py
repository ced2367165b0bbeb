"""Verdict on a sweep: useless, refuted, nothing gained, or a member to take.

One function judges; screen, report, card, MLflow and the sweep's README show the same words.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from fairser_core.metrics.tables import metric_of
from search.front.fresh import beats, judged, refutation, standing
from search.front.front import Front
from search.front.names import plural, point_name, why_empty
from search.front.pick import offered, pick
from search.front.point import Point
from search.front.rule_names import DEFAULT, FAIREST_WITHIN, TOLERANCE
from search.presentation.numbers import values_text, worse_by
from search.presentation.wording import judged_text, refuted_text, sentence_case
from search.terminal.command_names import CONSOLE
from search.verdict.collapse import collapsed, helps
from search.verdict.offer import (
    apart_text,
    chance_text,
    compared,
    less_fair,
    nearest_text,
    offer,
    reserves,
)
from search.verdict.subject import MemberTest, Subject
from search.verdict.uncertain import difference_text

SMOKE = (
    "this was a smoke sweep, which tries every step in a minute and is too short for a model to "
    "learn: that it ended is its result."
)


class Kind(Enum):
    """Conclusion of a sweep."""

    USELESS = "useless"
    EMPTY = "no member"
    REFUTED = "refuted"
    NOTHING_GAINED = "nothing gained"
    TAKE = "take this one"
    ALONE = "no baseline"


@dataclass(frozen=True)
class Verdict:
    """Verdict on a sweep.

    Attributes:
        kind: what the sweep came to.
        sentences: sentences, the most important first.
        commands: commands that follow, `fairser export ...`.
        member: member that the default rule chooses; None where there is none to take.
    """

    kind: Kind
    sentences: tuple[str, ...]
    commands: tuple[str, ...] = ()
    member: Point | None = None

    @property
    def text(self) -> str:
        """The verdict as a paragraph: `take this one: ...`."""
        return " ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The verdict with a line a sentence, the most important first."""
        first, *others = self.sentences
        return f"{self.kind.value}: {first}", *others


def verdict(front: Front, subject: Subject) -> Verdict:
    """Return the verdict on a sweep, also on one that still runs.

    Args:
        front: front of the sweep.
        subject: facts of the sweep beside the front.
    """
    judged = _verdict(front, subject)
    return _of_smoke(judged, subject.full) if subject.full else judged


def _of_smoke(judged: Verdict, full: str) -> Verdict:
    """Return the verdict on a smoke sweep: what it was for, and the search that comes next."""
    if judged.kind in (Kind.USELESS, Kind.EMPTY):
        first, *others = judged.sentences
        sentences = SMOKE, sentence_case(first), *others
    else:
        sentences = *judged.sentences, sentence_case(SMOKE)
    follow = judged.commands if judged.member else ()
    return replace(judged, sentences=sentences, commands=(full, *follow))


def _verdict(front: Front, subject: Subject) -> Verdict:
    text = collapsed(front, subject)
    if text:
        advice = [] if subject.full else [f"What helps: {', '.join(helps(subject))}."]
        return Verdict(Kind.USELESS, (text, *advice, *_state(front, subject)))
    if not front.members:
        why = why_empty(front) or "no trial has numbers yet"
        return Verdict(Kind.EMPTY, (f"{why}.", *_state(front, subject)), (_longer(subject),))
    gained = [point for point in front.members if not _beaten(front, point)]
    if not gained:
        return _nothing_gained(front, subject)
    if not standing(front):
        text = f"fresh seeds refute every member of the front: {refuted_text(front)}."
        return Verdict(Kind.REFUTED, (text, *_state(front, subject)), (_longer(subject),))
    if all(_beaten(front, point) for point in standing(front)):
        return _nothing_gained(front, subject)
    if not (front.baseline or front.baseline_points):
        return _alone(front, subject)
    member = pick(front, DEFAULT)
    tested = subject.tests.get(point_name(member))
    if less_fair(front, member) or (tested and _worse_on_test(front, tested)):
        return _nothing_gained(front, subject)
    notes = [offer(front, member), *reserves(front, member)]
    notes += () if tested else chance_text(front, member)  # a test has intervals of its own
    if text := refuted_text(front):
        notes.append(f"Refuted by fresh seeds: {text}.")
    notes += _state(front, subject)
    if tested:
        notes.insert(1, tested_text(front, member, tested))
    return Verdict(Kind.TAKE, tuple(notes), _commands(subject, member), member)


def _alone(front: Front, subject: Subject) -> Verdict:
    """Return the verdict on a sweep that was compared with no baseline, as that of one is."""
    member = pick(front, DEFAULT)
    name, tested = point_name(member), subject.tests.get(point_name(member))
    title = metric_of(front.objectives[0]).title
    which = f"the fairest within {TOLERANCE:g} of the best {title}"
    chosen = which if len(front.objectives) > 1 else f"the one with the best {title}"
    notes = [
        "nothing was trained without de-biasing to compare this sweep with, so that what a member "
        f"gains cannot be said. {name}, {chosen}, has {judged_text(front, member)}.",
        *([tested_text(front, member, tested)] if tested else []),
        *_state(front, subject),
    ]
    return Verdict(Kind.ALONE, tuple(notes), _commands(subject, member), member)


def tested_text(front: Front, member: Point, tested: MemberTest | None) -> str:
    """Return whether a member was tested, when and with what result, as a sentence."""
    name = point_name(member)
    if tested is None:
        return f"{name} was not tested on test data."
    seeds = plural(tested.seeds, "seed")
    text = f"{name} was tested on test data with {seeds} at {tested.time}: "
    text += values_text(tested.means, front.objectives)
    rows = [(n, tested.differences[n]) for n in front.objectives if n in tested.differences]
    if rows and tested.baseline:
        each = ", ".join(
            f"{metric_of(n).title} {difference_text(d.value, d.low, d.high)}" for n, d in rows
        )
        text += f"; difference from {tested.baseline}: {each}"
    return f"{text}."


def picked_text(
    front: Front, picked: str, member: Point, tested: MemberTest | None, tolerance: float
) -> str:
    """Return a member with its objectives, and whether it was tested, when and with what result.

    Args:
        front: front of the sweep.
        picked: rule or name by which the member was chosen; a rule stands before it.
        member: member of the front.
        tested: test of the member; None without one.
        tolerance: accuracy that `fairest-within` may give up.
    """
    name, refuted = point_name(member), refutation(front, member)
    rule = "" if picked == name else f"{picked} picks "
    notes = [f"{rule}{name}: {judged_text(front, member)}."]
    notes += nearest_text(front, tolerance) if picked == FAIREST_WITHIN else ()
    notes += [f"Fresh seeds refuted it ({refuted})."] if refuted else []
    return " ".join([*notes, tested_text(front, member, tested)])


def _beaten(front: Front, point: Point) -> bool:
    """Return whether a candidate of the baseline is nowhere worse than a member."""
    mine = judged(point)
    bases = [p.metrics for p in front.baseline_points] or [front.baseline]
    ends = [base for base in bases if all(name in base for name in front.objectives)]
    equal = any(all(base[n] == mine[n] for n in front.objectives) for base in ends)
    return equal or any(beats(base, mine, front.objectives) for base in ends)


def _worse_on_test(front: Front, tested: MemberTest) -> bool:
    """Return whether a tested member is nowhere better than the baseline on test data."""
    known = [n for n in front.objectives if n in tested.differences and n in tested.means]
    rows = {n: tested.means[n] - tested.differences[n].value for n in known}
    return bool(known) and all(worse_by(n, tested.means, rows) >= 0 for n in known)


def _nothing_gained(front: Front, subject: Subject) -> Verdict:
    member = pick(front, DEFAULT)
    name, base = compared(front)
    tested = subject.tests.get(point_name(member))
    parts = (
        f"{name} has {values_text(base, front.objectives)}",
        f"{point_name(member)} has {judged_text(front, member)}",
        apart_text(front, member),
    )
    values = f"{'; '.join(filter(None, parts))}."
    fairer = [p for p in offered(front) if not (_beaten(front, p) or less_fair(front, p))]
    sentences = [values]
    if all(_beaten(front, point) for point in offered(front)):
        why = f"{_how(front)} no member beats the baseline"
    elif less_fair(front, member):
        title = metric_of(front.objectives[0]).title
        why = f"{_how(front)} no member within {TOLERANCE:g} of the baseline's {title} is fairer"
        each = "; ".join(f"{point_name(p)}, {judged_text(front, p)}" for p in fairer[:1])
        sentences += [f"Fairer for more {title}: {each}."] if fairer else []
    else:
        why, sentences = "on test data no objective is better than the baseline's", []
    if tested:
        sentences.append(tested_text(front, member, tested))
    what = "de-biasing" if subject.debiases else "another setting"
    sentences = [f"on this corpus {what} did not help: {why}.", *sentences]
    notes = (*sentences, "Keep the baseline, or search longer.", *_state(front, subject))
    return Verdict(Kind.NOTHING_GAINED, notes, (_longer(subject),))


def _how(front: Front) -> str:
    """Return by what the members are compared with the baseline."""
    checked = [bool(point.check) for point in front.members]
    if all(checked):
        return "with fresh seeds"
    if any(checked):
        return "with fresh seeds, or by what is expected of them,"
    return "by what is expected of fresh seeds"


def _state(front: Front, subject: Subject) -> Iterator[str]:
    """Yield what the sweep still lacks."""
    if not subject.done:
        yield "The sweep is unfinished."
    elif front.members and not any(p.check or p.check_failed for p in front.members):
        yield "No fresh seeds have checked the front."


def _longer(subject: Subject) -> str:
    """Return the command that searches on; of an unfinished sweep, the one that ends it."""
    command = f"{CONSOLE} run --resume {shlex.quote(subject.address)}"
    return f"{command} --trials {2 * subject.trials}" if subject.done else command


def _commands(subject: Subject, member: Point) -> tuple[str, ...]:
    address, name = shlex.quote(subject.address), point_name(member)
    test = () if name in subject.tests else (f"{CONSOLE} replicate {address} --pick {name}",)
    search = () if subject.done else (_longer(subject),)
    return (*search, *test, f"{CONSOLE} export {address} --pick {name}")
