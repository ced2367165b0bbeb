"""The activation task: how excited speakers sound, with the speaker's gender as the group."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd

from fairser_core.corpora import READERS
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.groups import Grouping
from fairser_core.datasets.activation import Activation, DataSettings, WindowSettings
from fairser_core.datasets.activation_arrays import group_column
from fairser_core.datasets.preparation import (
    check_test_split,
    prepare_activation,
    vectors_of_corpus,
)
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.datasets.vectors import check_layer
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.pretrained import Pretrained
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.method import Method
from fairser_core.metrics.activation import GENDERS
from fairser_core.metrics.activation_table import ACTIVATION, each_target
from fairser_core.metrics.chance import Labels, gaps_by_chance
from fairser_core.metrics.metric import Metric, measure, metric_key
from fairser_core.metrics.resampling import Draws, Values, within
from fairser_core.predictor.activation import ActivationPredictor, ActivationSpecification
from fairser_core.predictor.bundle import Bundle
from search.tasks.activation_bundle import activation_measurement, activation_specification
from search.tasks.activation_counts import activation_counts
from search.tasks.activation_predictions import activation_predictions, table_groups, targets_of
from search.tasks.constant import constant_levels
from search.tasks.counts import PEOPLE, Description
from search.tasks.facts import CorpusFacts
from search.tasks.fair_model import fair_activation
from search.tasks.measurement import Measure, Measurement, undefined
from search.tasks.options import CLASSES
from search.tasks.pretrained import (
    check_folder,
    example_input,
    on_pretrained,
    validation_source,
)
from search.tasks.task import FairModel, Progress, Task
from search.tasks.words import Card, Words

WORDS = Words(
    corpora="without ratings",
    models="models that predict activation, how excited a speaker sounds",
    groups="the speaker's gender",
    heading="Activation",
    table="Table 1 of Gorrostieta et al. (2019) on test data of {corpus}.",
    note="Where groups are of gender, differences are women less men: below 0 women are served "
    "less well. The paper tests one model of each kind, the best in validation; here is every "
    "seed.",
    tested="of the test split",
    like="Like Figures 1 to 3 of Gorrostieta et al. (2019), which are of the validation set: ",
)
MEANINGS = {
    "activation": "how excited a speaker sounds",
    "valence": "how pleasant a speaker sounds",
    "dominance": "how much in control a speaker sounds",
}
MFCCS = "MFCCs of audio at 8 kHz, rounded to 16 bits, unless a space says otherwise"
BINARY = (
    "Gender is treated as binary, as in the paper and in the labels: the metrics for speakers of "
    "another gender are unknown."
)
OTHER_GROUPS = (
    "People of a group that the corpus does not have, or has few of, may be served otherwise."
)
LONG = (
    "A prediction is a mean over windows: a single sentence of a long recording hardly changes it."
)


@final
class ActivationTask(Task[Corpus, Activation, ActivationPredictor]):
    """Task of Gorrostieta et al. (2019)."""

    name = "activation"
    baseline = "baseline"
    metrics = ACTIVATION
    readers = READERS
    settings: Mapping[str, type[Any]] = {"windows": WindowSettings, "data": DataSettings}
    strangers = CLASSES
    tables: Mapping[str, tuple[str, ...]] = {
        "speech.csv": ("path", "speaker", "gender", "split", "activation")
    }
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
        groups = [key.removeprefix("train ") for key in corpus.utterances if key[:6] == "train "]
        return constant_levels(metrics, groups)

    def fair_model(self, corpus: Corpus, split: EvaluatedSplit) -> FairModel | None:
        """Return a fair model of activation."""
        table = corpus.utterances
        judged = group_column(table).isin(corpus.judged(split))
        utterances = table[(table["split"] == split) & judged]
        return partial(fair_activation, utterances) if len(utterances) else None

    def check_pretrained(self, settings: Mapping[str, Any], pretrained: Path | None) -> None:
        """Raise a ValueError unless a model is a folder, and vectors are learned from."""
        if pretrained is None:
            return
        if settings["data"].features != "vectors":
            raise ValueError(
                "--pretrained goes with vectors, the space learns from MFCCs: add "
                "`--set features=vectors`, or take a space of vectors"
            )
        check_folder(pretrained, "activation")

    def check_values(self, data: Activation, values: Mapping[str, Sequence[Any]]) -> None:
        """Raise a ValueError unless the vectors have each layer, and what each pooling needs."""
        if data.vectors is None:
            return
        for layer in values.get("layer", (0,)):
            for pooling in values.get("pooling", ("mean",)):
                check_layer(data.vectors, layer, pooling)

    def prepare(
        self,
        corpus: Corpus,
        features: MfccSettings,
        settings: Mapping[str, Any],
        pretrained: Pretrained | None,
        progress: Progress,
    ) -> Activation:
        """Prepare windows of MFCCs or of the corpus' features; or vectors."""
        data, vectors = settings["data"], None
        if data.features == "vectors":
            assert not isinstance(pretrained, VqWav2vec)  # `check_pretrained`
            vectors = vectors_of_corpus(corpus, pretrained, progress)
        return prepare_activation(
            corpus, features, settings["windows"], progress, data=data, vectors=vectors
        )

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
        return prepare_activation(
            corpus,
            features,
            settings["windows"],
            progress,
            data=settings["data"],
            vectors=data.vectors,
            split="test",
        )

    def tested(
        self, table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
    ) -> Measure:
        """Return the metrics of a tested seed."""
        each = {
            name: (rows, activation_predictions(table[rows], seed, limit))
            for name, rows, limit in targets_of(table, threshold)
        }

        def of_target(name: str, draws: Draws | None) -> dict[str, Values]:
            rows, predictions = each[name]
            if predictions is None:
                return undefined(metrics, draws)
            return measure(metrics, dataclasses.replace(predictions, draws=within(draws, rows)))

        return lambda draws: each_target(metrics, {name: of_target(name, draws) for name in each})

    def lacks(self, table: pd.DataFrame, threshold: float) -> list[str]:
        """Return the judged groups and levels without an utterance."""
        high, group = table["truth"] > threshold, group_column(table)
        groups, judged = table_groups(table)
        return [
            f"no {PEOPLE.get(name, name)} of {level} activation"
            for name in (groups[number] for number in judged)
            for level, rows in (("low", ~high), ("high", high))
            if not (rows & (group == name)).any()
        ]

    def gaps_by_chance(
        self, table: pd.DataFrame, speaker: Labels, seeds: Sequence[int], threshold: float
    ) -> dict[str, float]:
        """Return the gaps with the speakers' genders given by chance."""
        gaps, each = [metric for metric in ACTIVATION if metric.gap], {}
        for name, rows, limit in targets_of(table, threshold):
            every = [activation_predictions(table[rows], seed, limit) for seed in seeds]
            finite = [predictions for predictions in every if predictions]
            levels = gaps_by_chance(gaps, finite, speaker[rows], "group")
            each[name] = {key: np.asarray(level) for key, level in levels.items()}
        return {name: float(value) for name, value in each_target(gaps, each).items()}

    def specification(
        self,
        corpus: Corpus,
        data: Activation,
        settings: Mapping[str, Any],
        method: Method[Any, Any],
    ) -> ActivationSpecification:
        """Return windows, statistics of the features, and the scale."""
        assert isinstance(method, ActivationMethod)
        return activation_specification(corpus, data, settings["windows"], method)

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
        (low, high), model, names = task.scale, bundle.features, task.problem.groups
        by_gender = names == GENDERS
        named = [f"**{name}** ({MEANINGS[name]})" for name in task.targets]
        limits = " and ".join(f"{each.threshold:g}" for each in task.problem.targets)
        several = len(named) > 1
        of_vectors = on_pretrained(model)
        return Card(
            prediction=f"predicts {', '.join(named)}, which its corpus rates from {low:g} to "
            f"{high:g}, and whether {'each' if several else 'it'} is above {limits}, the boundary "
            "of low and high.",
            groups="Groups are those of the **speaker's gender**."
            if by_gender
            else f"Groups are {', '.join(names)}.",
            people={metric_key(name): PEOPLE.get(name, name) for name in names},
            tested="the corpus' test split",
            limits=(
                *((BINARY,) if by_gender else (OTHER_GROUPS,)),
                *(of_vectors if task.layers else (LONG,)),
            ),
            example=example_input(model),
            source=validation_source(model),
            single="targets",
        )
