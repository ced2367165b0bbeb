"""The activation task: how excited speakers sound, with the speaker's gender as the group."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, final

import pandas as pd

from fairser_core.corpora import READERS
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.groups import Grouping
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import group_column
from fairser_core.datasets.preparation import check_test_split, prepare_activation
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.chance import Labels, gap_by_chance
from fairser_core.metrics.metric import Metric, measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor.activation import ActivationPredictor, ActivationSpecification
from fairser_core.predictor.bundle import Bundle
from search.tasks.activation_bundle import activation_measurement, activation_specification
from search.tasks.activation_counts import activation_counts
from search.tasks.activation_predictions import activation_predictions
from search.tasks.constant import constant_levels
from search.tasks.counts import PEOPLE, Description
from search.tasks.facts import CorpusFacts
from search.tasks.fair_model import fair_activation
from search.tasks.measurement import Measure, Measurement, undefined
from search.tasks.options import CLASSES
from search.tasks.task import FairModel, Progress, Task
from search.tasks.words import Card, Words

WORDS = Words(
    corpora="without ratings",
    models="models that predict activation, how excited a speaker sounds; groups are those "
    "of the speaker's gender",
    heading="Activation",
    table="Table 1 of Gorrostieta et al. (2019) on test data of {corpus}.",
    note="Differences are women less men: below 0 women are served less well. The paper tests one "
    "model of each kind, the best in validation; here is every seed.",
    tested="of the test split",
    like="Like Figures 1 to 3 of Gorrostieta et al. (2019), which are of the validation set: ",
)
MFCCS = "MFCCs of audio at 8 kHz, rounded to 16 bits, unless a space says otherwise"
LIMITS = (
    "Gender is treated as binary, as in the paper and in the labels: the metrics for speakers of "
    "another gender are unknown.",
    "A prediction is a mean over windows: a single sentence of a long recording hardly changes it.",
)


@final
class ActivationTask(Task[Corpus, Activation, ActivationPredictor]):
    """Task of Gorrostieta et al. (2019)."""

    name = "activation"
    baseline = "baseline"
    metrics = ACTIVATION
    readers = READERS
    settings: Mapping[str, type[Any]] = {"windows": WindowSettings}
    strangers = ("pretrained", *CLASSES)
    ratings = False
    group_column = "gender"
    folds = False
    parts = ()
    words = WORDS

    def grouped(self, corpus: Corpus, grouping: Grouping) -> Corpus:
        """Return the corpus with the groups of a rule."""
        return corpus.grouped(grouping)

    def facts(self, corpus: Corpus) -> CorpusFacts:
        """Return the facts of a corpus, with utterances by split and speaker's gender."""
        counts = Counter(corpus.utterances["split"] + " " + group_column(corpus.utterances))
        return CorpusFacts(
            name=corpus.name,
            fingerprint=corpus.fingerprint(),
            notes=tuple(corpus.notes),
            left_out=corpus.left_out or None,
            utterances=dict(sorted(counts.items())),
            scale=corpus.scale,
            threshold=corpus.threshold,
        )

    def describe(self, corpus: Corpus) -> Description:
        """Count utterances by split, speaker's gender and level; name the features."""
        features = "the corpus' own" if "features" in corpus.utterances else MFCCS
        return Description([activation_counts(corpus)], [f"features are {features}"])

    def threshold(self, corpus: Corpus) -> float:
        """Return the corpus' threshold."""
        return corpus.threshold

    def constant(self, metrics: Mapping[str, float], corpus: CorpusFacts) -> list[str]:
        """Return the levels that are never predicted."""
        return constant_levels(metrics)

    def fair_model(self, corpus: Corpus, split: EvaluatedSplit) -> FairModel | None:
        """Return a fair model of activation."""
        table = corpus.utterances
        judged = group_column(table).isin(corpus.judged(split))
        utterances = table[(table["split"] == split) & judged]
        return partial(fair_activation, utterances) if len(utterances) else None

    def prepare(
        self,
        corpus: Corpus,
        features: MfccSettings,
        settings: Mapping[str, Any],
        pretrained: VqWav2vec | None,
        progress: Progress,
    ) -> Activation:
        """Prepare windows of MFCCs, or of the features that the corpus brings."""
        return prepare_activation(corpus, features, settings["windows"], progress)

    def check_test_data(self, corpus: Corpus) -> None:
        """Raise a ValueError unless a corpus has a test split."""
        check_test_split(corpus)

    def test_data(
        self,
        corpus: Corpus,
        data: Activation,
        features: MfccSettings,
        settings: Mapping[str, Any],
        progress: Progress,
    ) -> Activation:
        """Prepare the arrays anew: those of a search do not hold the test split."""
        return prepare_activation(corpus, features, settings["windows"], progress, split="test")

    def tested(
        self, table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
    ) -> Measure:
        """Return the metrics of a tested seed."""
        predictions = activation_predictions(table, seed, threshold)

        def of_resamples(draws: Draws | None) -> dict[str, Values]:
            if predictions is None:
                return undefined(metrics, draws)
            return measure(metrics, dataclasses.replace(predictions, draws=draws))

        return of_resamples

    def gaps_by_chance(
        self, table: pd.DataFrame, speaker: Labels, seeds: Sequence[int], threshold: float
    ) -> dict[str, float]:
        """Return the gaps with the speakers' genders given by chance."""
        every = [activation_predictions(table, seed, threshold) for seed in seeds]
        finite = [predictions for predictions in every if predictions]
        gaps = [metric for metric in ACTIVATION if metric.gap]
        return {metric.name: gap_by_chance(metric, finite, speaker, "group") for metric in gaps}

    def specification(
        self, corpus: Corpus, data: Activation, settings: Mapping[str, Any]
    ) -> ActivationSpecification:
        """Return windows, statistics of the features, and the scale."""
        return activation_specification(corpus, data, settings["windows"])

    def measurement(
        self,
        predictor: ActivationPredictor,
        corpus: Corpus,
        data: Activation,
        progress: Progress | None,
    ) -> Measurement:
        """Predict the validation split from its files."""
        return activation_measurement(predictor, corpus, data, progress)

    def card(self, bundle: Bundle) -> Card:
        """Return the words on a bundle."""
        task = bundle.task
        assert isinstance(task, ActivationSpecification)
        low, high = task.scale
        return Card(
            prediction="predicts **activation** (how excited a speaker sounds), which its corpus "
            f"rates from {low:g} to {high:g}, and whether it is above {task.problem.threshold:g}, "
            "the boundary of low and high.",
            groups="Groups are those of the **speaker's gender**.",
            people=PEOPLE,
            tested="the corpus' test split",
            limits=LIMITS,
            example="recording.wav" if bundle.features else "features.npy",
        )
