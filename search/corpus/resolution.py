"""Resolution of a corpus: the gap of a fair model, and the smallest difference that is shown.

Both are stated before hours are spent: from an assumed fair model at first, from the baseline's
predictions once it is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.metrics.intervals import FEWEST
from fairser_core.metrics.power import CORRELATION, smallest_difference
from fairser_core.metrics.tables import metric_of
from search.tasks.any_corpus import AnyCorpus
from search.tasks.speaker_record import SpeakerRecord
from search.tasks.speaker_records import differences, speaker_record
from search.tasks.tasks import TASKS

ONE_PERSON = {"women": "woman", "men": "man"}
DRAWS = 20
DRAWN_SEEDS = 3
PERMUTATIONS = 5
"""Permutations of the groups in each draw."""
ASSUMED = (
    "before training, with the errors of an assumed fair model (CCC .55; recalls of speakers "
    f"differ by .15); 95 % intervals of paired differences, correlation over speakers {CORRELATION}"
)
MEASURED = (
    "with the errors of the baseline; 95 % intervals of paired differences, correlation over "
    f"speakers {CORRELATION}"
)


@dataclass(frozen=True)
class Resolution:
    """Differences between groups that a split can show.

    Attributes:
        split: name of the split.
        sizes: number of speakers of each group, by its name.
        seeds: number of seeds of each of two systems that are compared.
        assumed: whether the errors are those of an assumed fair model, not of the baseline.
        chance: mean absolute value of each difference in a fair model, by name.
        smallest: smallest difference between two systems that is shown with a power of 80 %, by
            name; NaN with a single seed, or a group of a single speaker.
    """

    split: str
    sizes: dict[str, int]
    seeds: int
    assumed: bool
    chance: dict[str, float]
    smallest: dict[str, float]

    @property
    def has_intervals(self) -> bool:
        """Whether each group has the speakers that an interval needs."""
        return min(self.sizes.values()) >= FEWEST

    def to_json(self) -> dict[str, Any]:
        """Return the resolution as JSON holds it, with None for NaN."""
        held = asdict(self)
        for name in ("chance", "smallest"):
            held[name] = {k: None if np.isnan(v) else v for k, v in held[name].items()}
        return held

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "Resolution":
        """Read what `to_json` wrote; anything else raises a KeyError, TypeError or ValueError."""
        values = {
            name: {k: float("nan") if v is None else float(v) for k, v in held[name].items()}
            for name in ("chance", "smallest")
        }
        return cls(**{**held, **values})


def assumed_resolutions(
    task: str, corpus: AnyCorpus, seeds: Mapping[EvaluatedSplit, int]
) -> list[Resolution]:
    """Return the resolution of each split of a corpus with the errors of an assumed fair model.

    Args:
        task: key of `TASKS`.
        corpus: corpus of the task.
        seeds: number of seeds of each of two systems, by the split that is evaluated.
    """
    drawn: dict[EvaluatedSplit, list[SpeakerRecord]] = {}
    for split in seeds:
        same = [*drawn.values()] if TASKS[task].folds else []
        drawn[split] = same[0] if same else _drawn(task, corpus, split)
    return [
        _resolution(task, drawn[split], split, count, assumed=True)
        for split, count in seeds.items()
        if drawn[split]
    ]


def _drawn(task: str, corpus: AnyCorpus, split: EvaluatedSplit) -> list[SpeakerRecord]:
    """Draw records of fair models; none if the corpus lacks the split."""
    model = TASKS[task].fair_model(corpus, split)
    if model is None:
        return []
    rng, seeds, threshold = (
        np.random.default_rng(0),
        range(DRAWN_SEEDS),
        TASKS[task].threshold(corpus),
    )
    return [
        speaker_record(model(seeds, rng), seeds, task, threshold, permutations=PERMUTATIONS)
        for _ in range(DRAWS)
    ]


def measured_resolution(
    task: str, record: SpeakerRecord, split: EvaluatedSplit, seeds: int
) -> Resolution:
    """Return the resolution of a split with the errors of a trained system.

    Args:
        task: key of `TASKS`.
        record: record of the system on the split.
        split: split that is evaluated.
        seeds: number of seeds of each of two systems.
    """
    return _resolution(task, [record], split, seeds, assumed=False)


def _resolution(
    task: str, records: Sequence[SpeakerRecord], split: str, seeds: int, *, assumed: bool
) -> Resolution:
    """Return the resolution with the mean variances and chance levels of records."""
    sizes = records[0].sizes
    smallest, chance = {}, {}
    recorded = [metric for metric in differences(task) if metric.name in records[0].chance]
    for metric in recorded:  # a sweep of an earlier version has not all
        *over_speakers, over_seeds = np.mean([r.variances(metric) for r in records], axis=0)
        shared = float(np.mean([record.shared.get(metric.name, 0.0) for record in records]))
        smallest[metric.name] = smallest_difference(
            over_speakers, [*sizes.values()], over_seeds**0.5, seeds, shared=shared
        )
        chance[metric.name] = float(np.mean([record.chance[metric.name] for record in records]))
    return Resolution(split, sizes, seeds, assumed, chance, smallest)


def resolution_sentence(of: Resolution, metric: str) -> str:
    """Return what a split can show of a metric: `validation: 4 women, 4 men. A fair model ...`.

    Args:
        of: resolution of the split.
        metric: name of a difference between groups.
    """
    title, smallest = metric_of(metric).title, of.smallest[metric]
    least, most = metric_of(metric).range
    text = (
        f"{of.split}: {speakers_text(of)}. A fair model shows a {title} of "
        f"{short(of.chance[metric])} by chance here; "
    )
    if np.isnan(smallest) and of.seeds > 1 and min(of.sizes.values()) > 1:
        text += "of a gap without a sign the smallest difference that is seen is not stated."
    elif np.isnan(smallest):
        text += "a single seed, or a single speaker of a group, shows no difference."
    elif smallest > most - least:
        text += f"with {of.seeds} seeds no difference can be seen."
    else:
        text += f"with {of.seeds} seeds, differences under {short(smallest)} cannot be seen."
    if not of.has_intervals:
        text += f" No interval over speakers can be had: it needs {FEWEST} in each group."
    return text


def shown_differences(resolutions: Sequence[Resolution]) -> list[str]:
    """Return the differences that are defined for the groups of a split, in order."""
    return [
        name
        for name in resolutions[0].chance
        if not all(np.isnan((of.chance[name], of.smallest[name])).all() for of in resolutions)
    ]


def gap_of(task: str) -> str:
    """Return the name of the gap between groups that a task is first judged by."""
    gaps = differences(task)
    return next((metric.name for metric in gaps if metric.terms), gaps[0].name)


def speakers_text(of: Resolution) -> str:
    """Return the speakers of each group: `4 women, 4 men`; without groups `8 speakers`."""
    if len(of.sizes) == 1:
        return f"{next(iter(of.sizes.values()))} speakers"
    names = {name: ONE_PERSON.get(name, name) if n == 1 else name for name, n in of.sizes.items()}
    return ", ".join(f"{count} {names[name]}" for name, count in of.sizes.items())


def short(value: float) -> str:
    """Return a number below 1 without its leading 0: `.13`; a dash for NaN."""
    return "-" if np.isnan(value) else f"{value:.2f}".removeprefix("0")


def hopeless(of: Resolution, metric: str, baseline: float) -> str:
    """Return why no search can show a smaller gap than the baseline's; empty if one may.

    Args:
        of: resolution of the validation data, measured on the baseline.
        metric: name of a gap that is an objective.
        baseline: gap of the baseline, mean over seeds.
    """
    title, chance, smallest = metric_of(metric).title, of.chance[metric], of.smallest[metric]
    if baseline <= chance:
        return (
            f"the baseline's {title} of {baseline:.3f} is what a fair model shows by chance in "
            f"these groups ({chance:.3f}): no search on this corpus can show an improvement"
        )
    if baseline < smallest:
        return (
            f"the baseline's {title} is {baseline:.3f}, and with {of.seeds} seeds differences "
            f"under {smallest:.3f} cannot be seen: not even a model without any gap would differ "
            "from the baseline"
        )
    return ""
