"""Corpus as the dataset that MLflow shows as the input of runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag

from search.tracking.changes import StoredRun

_CONTEXT = "mlflow.data.context"


@dataclass(frozen=True)
class CorpusInput:
    """Corpus that runs learned from.

    Attributes:
        name: name of the corpus.
        fingerprint: digest of its tables and audio, at most 36 characters.
        utterances: number of utterances of each group.
    """

    name: str
    fingerprint: str
    utterances: Mapping[str, int] = field(default_factory=dict)

    def bound_to(self, model: str) -> dict[str, str]:
        """Return the arguments that bind a metric to a logged model and to this corpus."""
        return {
            "model_id": model,
            "dataset_name": self.name,
            "dataset_digest": self.fingerprint,
        }


def record_input(client: MlflowClient, run: StoredRun, corpus: CorpusInput) -> None:
    """Record the corpus as the input of a run; MLflow stores the same input once."""
    dataset = Dataset(
        corpus.name,
        corpus.fingerprint,
        source_type="local",
        source=json.dumps({"corpus": corpus.name}),
        profile=json.dumps({"utterances": corpus.utterances}),
    )
    client.log_inputs(run.run_id, [DatasetInput(dataset, [InputTag(_CONTEXT, "training")])])
    run.fed = True
