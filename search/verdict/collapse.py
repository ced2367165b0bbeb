"""Collapse of a baseline: it always answers the same, and no floor excludes anything."""

from collections.abc import Iterator

from fairser_core.metrics.tables import metric_of
from search.front.front import Front
from search.front.names import plural
from search.presentation.numbers import short
from search.sweep.senseless import smaller_batch
from search.verdict.subject import Subject

FEWER = 4  # by which a batch is divided


def collapsed(front: Front, subject: Subject) -> str:
    """Return that the baseline learned nothing, and which floors exclude nothing; empty if not.

    Args:
        front: front of the sweep, possibly without members.
        subject: facts of the sweep beside the front.
    """
    void = [floor for floor in front.floors if floor.void]
    constant = subject.constant(front.baseline)
    if subject.corpus.emotions and len(constant) < len(subject.corpus.emotions):
        constant = []  # some of the detectors are of use
    if not (void or constant):
        return ""
    which = ", ".join(
        f"its {metric_of(floor.metric).title} is {short(floor.baseline)}" for floor in void
    )
    text = f"the baseline learned nothing that could be made fair: {', '.join(constant) or which}."
    if void:
        names = " and of ".join(floor.metric for floor in void)
        text += f" A share of that excludes nothing, so the floor of {names} means nothing."
    return text + " A model that always answers the same is equal to everyone, and of no use."


def helps(subject: Subject) -> Iterator[str]:
    """Yield what helps a baseline that collapsed.

    Args:
        subject: facts of the sweep beside the front.
    """
    trained = sum(n for key, n in subject.corpus.utterances.items() if key.startswith("train"))
    yield "more data" + (f" ({plural(trained, 'utterance')} to train on)" if trained else "")
    yield f"more epochs (--epochs {2 * subject.epochs})"
    if subject.batch and subject.batch > FEWER:
        # A quarter of a batch that holds all data may hold all of them, too.
        sizes = [subject.batch // FEWER, *([smaller_batch(subject.rows)] if subject.rows else [])]
        yield f"a smaller batch (--set batch={min(sizes)})"
    if subject.threshold:
        yield "another threshold (--threshold), so that low and high are both frequent"
