"""The contract of a task: what searches, tests, exports and reports ask of it.

A task is one final class in one file. To add one takes three files, beside those of its metrics,
its methods (with the contract that several methods share) and their spaces:

- `fairser_core/courses/<task>.py`: how lanes learn; a line in `courses.choice.COURSES`. Its arrays
  stand there too, or in `fairser_core/datasets/<task>.py` if they are long;
- `fairser_core/predictor/<task>.py`: a bundle at work; a line in `predictor.PREDICTORS`;
- `search/tasks/<task>.py`: this object; a line in `tasks.TASKS`, one in `readers.TASK_READERS`.

Its table of metrics has a line in `fairser_core.metrics.tables`, each method one in
`fairser_core.methods`. The lines stand apart because of what importing them costs: metrics need no
torch, a predictor no search. A test compares their keys.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from rich.console import Console

from fairser_core.corpora.groups import Grouping
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import noting_columns, unread_notes
from fairser_core.datasets.activation import DIMENSIONS
from fairser_core.datasets.data import Data
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.pretrained import Pretrained
from fairser_core.files.ledger import showing
from fairser_core.files.segment import noting_opened
from fairser_core.methods import methods_of
from fairser_core.methods.method import Method
from fairser_core.metrics.chance import Labels
from fairser_core.metrics.metric import Direction, Metric
from fairser_core.predictor import Predictor
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.specification import Specification
from search.tasks.any_corpus import AnyCorpus
from search.tasks.counts import Description
from search.tasks.facts import CorpusFacts
from search.tasks.measurement import Measure, Measurement
from search.tasks.options import CorpusOptions
from search.tasks.untaken import untaken_notes
from search.tasks.words import Card, ReportPart, Words
from search.terminal.console import say
from search.terminal.progress_bar import counting

Progress = Callable[[int, int], None]
"""Called with the numbers of utterances done and of all utterances."""
FairModel = Callable[[Sequence[int], np.random.Generator], pd.DataFrame]
"""Drawer of predictions of an assumed fair model for seeds; see `Course.prediction_table`."""

CorpusT = TypeVar("CorpusT", bound=AnyCorpus)
DataT = TypeVar("DataT", bound=Data)
PredictorT = TypeVar("PredictorT", bound=Predictor)


class Task(ABC, Generic[CorpusT, DataT, PredictorT]):
    """A task.

    Attributes:
        name: in spaces, records and bundles.
        baseline: name of the method without de-biasing, to which the others are held.
        metrics: rows of its table of metrics.
        readers: readers of its corpora, by name.
        settings: class of the settings in each table of a space that only some tasks have.
        strangers: options of a corpus that do not go with the task.
        tables: columns of the tables of a manifest, by file name; the first has the recordings.
        ratings: whether its corpora have ratings by person.
        group_column: column of a table of predictions with the group of each row's speaker; None
            where the groups are not of the speakers, who have rows of several.
        folds: whether each session is validated on in one fold, and tested on in another.
        parts: parts of a report that it has beside those of all tasks.
        words: on it.
    """

    name: str
    baseline: str
    metrics: Sequence[Metric[Any]]
    readers: Mapping[str, Reader[CorpusT]]
    settings: Mapping[str, type[Any]]
    strangers: Sequence[str]
    tables: Mapping[str, tuple[str, ...]]
    ratings: bool
    group_column: str | None
    folds: bool
    parts: Sequence[ReportPart]
    words: Words

    @property
    def methods(self) -> Mapping[str, type[Method[Any, Any]]]:
        """Methods that learn it, by name."""
        return methods_of(self.name)

    @property
    def directions(self) -> dict[str, Direction]:
        """Direction in which each metric is better."""
        return {metric.name: metric.better for metric in self.metrics}

    @property
    def corpora(self) -> dict[str, str]:
        """Names of the readers by those of the corpora on run.py's command line."""
        return {reader.alias or name: name for name, reader in self.readers.items()}

    def read(self, options: CorpusOptions, console: Console) -> CorpusT:
        """Read the corpus that options name, by its reader's name or its own.

        Args:
            options: of the corpus.
            console: where progress is shown.

        Raises:
            CorpusError: the corpus cannot be used, see its reader, or a name is not UTF-8.
        """
        name = self.corpora.get(options.corpus, options.corpus)
        reader, folder = self.readers[name], options.corpus_dir
        given = {key: value for key, value in vars(options).items() if value is not None}
        with (
            counting(f"reading corpus {name}", console) as progress,
            showing(progress),
            noting_opened() as opened,
            noting_columns() as columns,
        ):
            taken = {**given, "progress": progress}
            values = {key: taken[key] for key in reader.options if key in taken}
            try:
                corpus = reader.read(folder, **values)
            except UnicodeEncodeError as error:  # of pandas, whose texts are UTF-8
                rule = "the names of a corpus' folders and files must be UTF-8: rename it"
                raise CorpusError(f"{error.object}: {rule}") from error
        if folder:
            notes = untaken_notes(folder, corpus.utterances, opened)
            notes += unread_notes(columns, (*DIMENSIONS, *options.grouping.columns))
            for note in notes:
                say(Console(stderr=True), f"note: {note}")
        return self.grouped(corpus, options.grouping)

    @abstractmethod
    def grouped(self, corpus: CorpusT, grouping: Grouping) -> CorpusT:
        """Return the corpus with the groups of a rule."""

    def group_column_of(self, table: pd.DataFrame) -> str | None:
        """Return the column of a table of predictions that names the groups of the speakers."""
        return "group" if "group" in table else self.group_column

    @abstractmethod
    def facts(self, corpus: CorpusT) -> CorpusFacts:
        """Return the facts of a corpus."""

    @abstractmethod
    def describe(self, corpus: CorpusT) -> Description:
        """Count what a corpus holds."""

    def threshold(self, corpus: CorpusT) -> float:
        """Return the activation above which an utterance is high; NaN without activation."""
        return float("nan")

    def constant(self, metrics: Mapping[str, float], corpus: CorpusFacts) -> list[str]:
        """Return the answers that a model always or never gives, in words; none of a useful one.

        Args:
            metrics: of a candidate, means over seeds.
            corpus: facts of the corpus.
        """
        return []

    @abstractmethod
    def fair_model(self, corpus: CorpusT, split: EvaluatedSplit) -> FairModel | None:
        """Return an assumed fair model of the utterances of a split; None without the split."""

    @abstractmethod
    def check_pretrained(self, settings: Mapping[str, Any], pretrained: Path | None) -> None:
        """Raise a ValueError unless a pretrained model goes with settings.

        Args:
            settings: of the tables in `settings`, by table.
            pretrained: path of the model; None where none is given.
        """

    @abstractmethod
    def check_values(self, data: DataT, values: Mapping[str, Sequence[Any]]) -> None:
        """Raise a ValueError unless the arrays have what values of a method's settings name.

        Args:
            data: arrays of the task.
            values: least and greatest value, or all choices, by setting; not those by default.
        """

    @abstractmethod
    def prepare(
        self,
        corpus: CorpusT,
        features: MfccSettings,
        settings: Mapping[str, Any],
        pretrained: Pretrained | None,
        progress: Progress,
    ) -> DataT:
        """Prepare the arrays that a search learns from.

        Args:
            corpus: checked corpus.
            features: settings of the MFCCs.
            settings: of the tables in `settings`, by table.
            pretrained: speech model that features are made with; None without one.
            progress: called after each utterance.
        """

    @abstractmethod
    def check_test_data(self, corpus: CorpusT) -> None:
        """Raise a ValueError unless a corpus has data to test on."""

    @abstractmethod
    def test_data(
        self,
        corpus: CorpusT,
        data: DataT,
        features: MfccSettings,
        settings: Mapping[str, Any],
        progress: Progress,
    ) -> DataT:
        """Return the arrays whose evaluated split is the test split, which no search may see.

        Args:
            corpus: checked corpus.
            data: arrays that models were trained on.
            features: see `prepare`.
            settings: see `prepare`.
            progress: called after each utterance.
        """

    @abstractmethod
    def tested(
        self, table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
    ) -> Measure:
        """Return the metrics of a tested seed, from the predictions that were recorded.

        Args:
            table: predictions of the seeds' models; see `Course.prediction_table`.
            seed: of the model.
            threshold: activation above it is high; NaN in a corpus without activation.
            metrics: rows of the task's table of metrics.

        Returns:
            Metrics; NaN where a prediction is not finite.
        """

    @abstractmethod
    def lacks(self, table: pd.DataFrame, threshold: float) -> list[str]:
        """Return the groups that a table lacks, without which some metrics are undefined.

        Args:
            table: predictions; see `Course.prediction_table`. Only facts of the utterances are
                read.
            threshold: activation above it is high; NaN in a corpus without activation.
        """

    @abstractmethod
    def gaps_by_chance(
        self, table: pd.DataFrame, speaker: Labels, seeds: Sequence[int], threshold: float
    ) -> dict[str, float]:
        """Return what each absolute gap would be, mean over seeds, were the groups given by chance.

        Args:
            table: predictions of the seeds' models; see `Course.prediction_table`.
            speaker: name of each row's speaker (row,).
            seeds: of the models.
            threshold: activation above it is high; NaN in a corpus without activation.
        """

    @abstractmethod
    def specification(
        self, corpus: CorpusT, data: DataT, settings: Mapping[str, Any], method: Method[Any, Any]
    ) -> Specification:
        """Return what a bundle holds of the task.

        Args:
            corpus: that its model learned from.
            data: arrays made of the corpus.
            settings: see `prepare`.
            method: that trained the model.
        """

    @abstractmethod
    def measurement(
        self, predictor: PredictorT, corpus: CorpusT, data: DataT, progress: Progress | None
    ) -> Measurement:
        """Predict the validation utterances from their files, and return how they are measured.

        Args:
            predictor: of a bundle.
            corpus: that it learned from.
            data: arrays made of the corpus.
            progress: called with the numbers of utterances done and of all utterances.

        Raises:
            AudioError: a file cannot be used any more.
        """

    @abstractmethod
    def card(self, bundle: Bundle) -> Card:
        """Return the words on a bundle in its model card."""
