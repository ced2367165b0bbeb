"""The category task: classes of emotion, with any attribute of the speakers as the group."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora import CATEGORY_READERS
from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.groups import BY_GENDER, Grouping
from fairser_core.corpora.times import segments
from fairser_core.courses.category import category_predictions
from fairser_core.datasets.category import Category
from fairser_core.datasets.category_arrays import layer_features
from fairser_core.datasets.preparation import (
    check_test_split,
    prepare_category,
    vectors_of_corpus,
)
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.datasets.vectors import check_layer
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.pretrained import Pretrained
from fairser_core.features.vectors import VectorSettings
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.methods.category_method import CategoryMethod
from fairser_core.methods.method import Method
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.chance import Labels, gaps_by_chance
from fairser_core.metrics.metric import Metric, measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.metrics.speakers import Speakers
from fairser_core.predictor import Recording
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.category import CategoryPredictor, CategorySpecification
from search.tasks.category_counts import described
from search.tasks.category_predictions import fair_classes, table_predictions
from search.tasks.counts import Description
from search.tasks.facts import CorpusFacts
from search.tasks.measurement import Measure, Measurement, undefined
from search.tasks.pretrained import (
    check_folder,
    example_input,
    on_pretrained,
    validation_source,
)
from search.tasks.task import FairModel, Progress, Task
from search.tasks.words import Card, ReportPart, Words

WORDS = Words(
    corpora="with classes of emotion",
    models="classifiers of emotions",
    groups="the speaker's gender",
    heading="Classes of emotion",
    table="Systems on test data of {corpus}.",
    note="Gaps are between all groups that are judged; beside each stands what a fair model would "
    "show by chance.",
    tested="of the test split that have a class",
)
CHECKED = 8  # utterances whose vectors are extracted again before a bundle is written
CLOSE = 0.2  # of a feature's deviation: caches and GPUs hold half precision
LIMITS = (
    "Any other emotion is mistaken for one of those named.",
    "People of a group that the corpus does not have, or has few of, may be served otherwise.",
)


@final
class CategoryTask(Task[CategoryCorpus, Category, CategoryPredictor]):
    """Task of classes of emotion."""

    name = "category"
    baseline = "classifier"
    metrics = CATEGORY
    readers = CATEGORY_READERS
    settings: Mapping[str, type[Any]] = {"vectors": VectorSettings}
    strangers = ("threshold", "scale", "raters")
    tables: Mapping[str, tuple[str, ...]] = {
        "speech.csv": ("path", "speaker", "gender", "split", "emotion")
    }
    ratings = False
    group_column = "group"
    folds = False
    parts = (ReportPart.CLASSES,)
    words = WORDS

    def grouped(self, corpus: CategoryCorpus, grouping: Grouping) -> CategoryCorpus:
        """Return the corpus with the groups of a rule."""
        return corpus.grouped(grouping)

    def facts(self, corpus: CategoryCorpus) -> CorpusFacts:
        """Return the facts of a corpus, with utterances by split, class and group."""
        table = corpus.utterances
        counts = Counter(table["split"] + " " + table["emotion"].fillna("-") + " " + table["group"])
        return CorpusFacts(
            name=corpus.name,
            fingerprint=corpus.fingerprint(),
            notes=tuple(corpus.notes),
            left_out=corpus.left_out or None,
            utterances=dict(sorted(counts.items())),
        )

    def describe(self, corpus: CategoryCorpus) -> Description:
        """Count utterances by class, group, split and session; warn of confounded groups."""
        return described(corpus, corpus.grouping or BY_GENDER)

    def fair_model(self, corpus: CategoryCorpus, split: EvaluatedSplit) -> FairModel | None:
        """Return a fair classifier."""
        table = corpus.utterances
        rows = table[(table["split"] == split) & table["emotion"].notna()]
        if not len(rows):
            return None
        return partial(fair_classes, rows, corpus.classes, corpus.judged(split))

    def check_pretrained(self, settings: Mapping[str, Any], pretrained: Path | None) -> None:
        """Raise a ValueError unless a model is a folder."""
        if pretrained is not None:
            check_folder(pretrained, "classes")

    def check_values(self, data: Category, values: Mapping[str, Sequence[Any]]) -> None:
        """Raise a ValueError unless there is each layer, and a model if layers are named."""
        for layer in values.get("layer", (0,)):
            if data.vectors:
                check_layer(data.vectors, layer, data.pooling)
            elif layer:
                raise ValueError(
                    f"`layer` {layer} is of a speech model, which needs --pretrained FOLDER"
                )

    def prepare(
        self,
        corpus: CategoryCorpus,
        features: MfccSettings,
        settings: Mapping[str, Any],
        pretrained: Pretrained | None,
        progress: Progress,
    ) -> Category:
        """Prepare vectors of the utterances: of a speech model, or pooled features."""
        assert not isinstance(pretrained, VqWav2vec)  # `check_pretrained`
        vectors = vectors_of_corpus(corpus, pretrained, progress) if pretrained else None
        pooling = settings["vectors"].pooling
        return prepare_category(corpus, features, pooling, progress, vectors=vectors)

    def check_test_data(self, corpus: CategoryCorpus) -> None:
        """Raise a ValueError unless a corpus has a test split."""
        check_test_split(corpus)

    def test_data(
        self,
        corpus: CategoryCorpus,
        data: Category,
        features: MfccSettings,
        settings: Mapping[str, Any],
        progress: Progress,
    ) -> Category:
        """Prepare the arrays anew: those of a search do not hold the test split."""
        pooling = settings["vectors"].pooling
        return prepare_category(
            corpus, features, pooling, progress, vectors=data.vectors, split="test"
        )

    def tested(
        self, table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
    ) -> Measure:
        """Return the metrics of a tested seed."""
        predictions = table_predictions(table, seed)

        def of_resamples(draws: Draws | None) -> dict[str, Values]:
            if predictions is None:
                return undefined(metrics, draws)
            return measure(metrics, dataclasses.replace(predictions, draws=draws))

        return of_resamples

    def lacks(self, table: pd.DataFrame, threshold: float) -> list[str]:
        """Return the classes without an utterance in a judged group."""
        judged = json.loads(table["judged"].iloc[0])
        counts = pd.crosstab(table["truth"], table["group"]).reindex(columns=judged, fill_value=0)
        return [
            f"no utterance of {name} in group {group}"
            for name, row in counts.iterrows()
            for group in judged
            if not row[group]
        ]

    def gaps_by_chance(
        self, table: pd.DataFrame, speaker: Labels, seeds: Sequence[int], threshold: float
    ) -> dict[str, float]:
        """Return the gaps with the speakers' groups given by chance."""
        every = [table_predictions(table, seed) for seed in seeds]
        finite = [predictions for predictions in every if predictions]
        gaps = [metric for metric in CATEGORY if metric.gap]
        return gaps_by_chance(gaps, finite, speaker, "group")

    def specification(
        self,
        corpus: CategoryCorpus,
        data: Category,
        settings: Mapping[str, Any],
        method: Method[Any, Any],
    ) -> CategorySpecification:
        """Return classes, groups, pooling, and statistics of the features."""
        assert isinstance(method, CategoryMethod)
        _, (mean, deviation) = layer_features(data, method.layer)
        return CategorySpecification(
            problem=data.problem,
            pooling=settings["vectors"].pooling,
            mean=tuple(mean.tolist()),
            deviation=tuple(deviation.tolist()),
            layers=data.vectors.layers if data.vectors else 0,
        )

    def measurement(
        self,
        predictor: CategoryPredictor,
        corpus: CategoryCorpus,
        data: Category,
        progress: Progress | None,
    ) -> Measurement:
        """Predict the validation split from its files, or from a speech model's vectors."""
        vectors = _validation_vectors(predictor, corpus, data, progress)
        whole = category_predictions(data, predictor.answers(vectors))

        def of_resamples(draws: Draws | None) -> dict[str, Values]:
            return measure(CATEGORY, dataclasses.replace(whole, draws=draws))

        gaps = [metric for metric in CATEGORY if metric.gap]
        chance = gaps_by_chance(gaps, [whole], whole.speaker, "group")
        return Measurement(of_resamples, chance, Speakers.of(whole.speaker, whole.group))

    def card(self, bundle: Bundle) -> Card:
        """Return the words on a bundle."""
        task = bundle.task
        assert isinstance(task, CategorySpecification)
        return Card(
            prediction=f"predicts which of {', '.join(task.problem.classes)} an utterance "
            "expresses: the probability of each, and the most probable one.",
            groups=f"Groups are {', '.join(task.problem.groups)}.",
            people={name: name for name in task.problem.groups},
            tested="the corpus' test split",
            limits=(*LIMITS, *on_pretrained(bundle.features)),
            example=example_input(bundle.features),
            source=validation_source(bundle.features),
        )


def _validation_vectors(
    predictor: CategoryPredictor, corpus: CategoryCorpus, data: Category, progress: Progress | None
) -> NDArray[np.float32]:
    """Return the normalised vectors of the validation utterances (utterance, feature).

    Those of a speech model are in the cache, and only the first are extracted from files again.

    Raises:
        ValueError: a vector of a file differs from that in the cache.
    """
    table = corpus.utterances
    table = table[(table["split"] == "validation") & table["emotion"].notna()]
    every = segments(table)[: CHECKED if data.vectors else None]
    vectors = []
    for number, segment in enumerate(every, start=1):
        vectors.append(predictor.vector(Recording.of(segment)))
        if progress:
            progress(number, len(every))
    anew = np.stack(vectors)
    if data.vectors is None:
        return anew
    stored = layer_features(data, predictor.method.layer)[0][data.evaluated]
    for segment, vector, before in zip(every, anew, stored, strict=False):
        apart = float(np.abs(vector - before).max())
        if apart > CLOSE:
            raise ValueError(
                f"{segment.name}: its vector must be as in the cache, differs by {apart:.2g} of a "
                "feature's deviation"
            )
    return stored
