"""Coverage of the intervals of emotions, and false differences, in simulated worlds.

The truth of a metric is its value on endless sessions, mean over endless seeds. The raters are
given: labels are what these raters perceive.
"""

import numpy as np
import pandas as pd
from activation_coverage import Measured, holds, shares
from emotion_worlds import (
    EmotionWorld,
    agreement_truth,
    draw_agreement,
    draw_rated,
    emotion_truth,
    predict_emotions,
)
from scipy.stats import binomtest

from fairser_core.corpora.perception import agreement
from fairser_core.metrics.intervals import Interval, interval
from fairser_core.metrics.multiple_comparisons import holm
from fairser_core.metrics.resampling import Draws
from fairser_core.metrics.speakers import Speakers
from fairser_core.metrics.tables import metric_of
from search.replication.estimates import FEWEST_SEEDS
from search.tasks.speaker_metrics import SpeakerMetrics
from search.tasks.tasks import TASKS

METRICS = ("f1_all", "f1_s1", "f1_s2", "f1_macro_s1", "parity_s2_signed", "consistency_emotion")
SYSTEMS = 3
SESSION = {"of_session": 0.3, "label": "effects of sessions"}
WORLDS = (
    EmotionWorld(2, 5),
    EmotionWorld(5, 3),
    EmotionWorld(5, 5),
    EmotionWorld(5, 10, leaning=0.3, label="women's perception first"),
    EmotionWorld(5, 5, between=0.8, label="strong speaker effects"),
    EmotionWorld(5, 5, between=0.0, label="no speaker effects"),
    EmotionWorld(5, 5, utterances=20, label="20 utterances each"),
    EmotionWorld(30, 5),
    EmotionWorld(5, 5, **SESSION),
)
EQUAL = (EmotionWorld(5, 5), EmotionWorld(5, 10), EmotionWorld(30, 5))
AGREEMENT = (
    EmotionWorld(2, 1, label="12 to 80 utterances each", utterances=30),
    EmotionWorld(3, 1, label="no speaker effects", between=0.0),
    EmotionWorld(3, 1),
    EmotionWorld(5, 1),
    EmotionWorld(5, 1, label="agreement of .94", agreement=1.7),
    EmotionWorld(12, 1),
    EmotionWorld(30, 1),
)


def tested(world: EmotionWorld, table: pd.DataFrame, speakers: Speakers) -> Measured:
    """Measure a system's predictions: means over emotions."""
    without = speakers.without_each()
    # All rows first, then those without each speaker: one pass over the metrics for both.
    draws = Draws(np.vstack([np.ones(len(speakers)), without.counts]), without.unit)
    metrics = [metric_of(name) for name in METRICS]
    task = TASKS["emotion"]
    rows = [task.tested(table, seed, float("nan"), metrics)(draws) for seed in range(world.seeds)]
    each = {name: np.stack([row[name] for row in rows], axis=1) for name in METRICS}
    return {name: (values[0], values[1:]) for name, values in each.items()}


def coverage(world: EmotionWorld, repetitions: int) -> list[float]:
    """Return how often the interval of each metric holds the truth; NaN where there is none."""
    rng, true, held = np.random.default_rng(1), emotion_truth(world), []
    for _ in range(repetitions):
        table = predict_emotions(world, draw_rated(world, rng), rng)
        speakers = SpeakerMetrics("emotion").speakers(table)
        assert speakers is not None
        measured = tested(world, table, speakers)
        held.append(
            [
                holds(interval(*measured[m], speakers.group, metric_of(m).range), true[m])
                for m in METRICS
            ]
        )
    return shares(held)


def equal(world: EmotionWorld, repetitions: int) -> list[float]:
    """Compare three systems with a baseline that is their equal; see activation_coverage."""
    rng, held, before, after = np.random.default_rng(3), [], [], []
    for _ in range(repetitions):
        speech = draw_rated(world, rng)
        tables = [predict_emotions(world, speech, rng) for _ in range(SYSTEMS + 1)]
        speakers = SpeakerMetrics("emotion").speakers(tables[0])
        assert speakers is not None
        base, *others = (tested(world, table, speakers) for table in tables)
        pairs = [pair for other in others for pair in _paired(other, base, speakers)]
        held.append([holds(pair, 0.0) for pair in pairs])
        before.append(min(pair.p for pair in pairs) < 0.05)
        after.append(min(holm([pair.p for pair in pairs])) < 0.05)
    shown = np.nan if world.seeds < FEWEST_SEEDS else 1.0
    return [float(np.nanmean(held)), shown * float(np.mean(before)), shown * float(np.mean(after))]


def _paired(system: Measured, base: Measured, speakers: Speakers) -> list[Interval]:
    pairs = [zip(system[name], base[name], strict=True) for name in METRICS]
    return [interval(*(a - b for a, b in pair), speakers.group) for pair in pairs]


def agreement_coverage(world: EmotionWorld, repetitions: int) -> list[float]:
    """Return how often intervals of the women's agreement hold the truth, over speakers or not."""
    rng, true, held = np.random.default_rng(5), agreement_truth(world), []
    for _ in range(repetitions):
        table = draw_agreement(world, rng)
        women = agreement(table, ["joy"], table["speaker"]).iloc[0]
        of_utterances = binomtest(int(women["agreeing"]), int(women["utterances"]))
        wilson = of_utterances.proportion_ci(method="wilson")
        over_speakers = np.nan
        if not np.isnan(women["low"]):
            over_speakers = float(women["low"] <= true <= women["high"])
        held.append([over_speakers, float(wilson.low <= true <= wilson.high)])
    return shares(held)
