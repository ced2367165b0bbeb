"""A bundle in MLflow: logged under the sweep's run, registered, and found again by an alias."""

import io
import os
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import soundfile
from mlflow import MlflowClient
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

import fairser_core
from fairser_core.predictor import GENDER_FREE, Predictor, load
from fairser_core.predictor.emotion import EmotionPredictor
from search import served_model
from search.served_model import BUNDLE, CONTENT, PERSPECTIVE, SPEAKER
from search.storage import Storage
from search.sweep import Sweep
from search.tracking_store import RunStore, TrackingError
from search.tracking_sweep import artifact_location

NEEDED = (
    "mlflow", "torch", "torchaudio", "numpy", "pandas", "soundfile", "safetensors", "platformdirs",
)  # fmt: skip


def signature(predictor: Predictor) -> ModelSignature:
    """What the model takes and gives."""
    text = "emotion" if isinstance(predictor, EmotionPredictor) else "level"
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec(DataType.binary, CONTENT),
                ColSpec(DataType.string, SPEAKER, required=False),
            ]
        ),
        outputs=Schema(
            [
                ColSpec(DataType.string if name == text else DataType.double, name)
                for name in predictor.columns
            ]
        ),
        params=ParamSchema([ParamSpec(PERSPECTIVE, DataType.string, GENDER_FREE)]),
    )


def example(predictor: Predictor) -> pd.DataFrame:
    """Two short recordings of a speaker, made up."""
    rng = np.random.default_rng(0)
    contents = []
    for _ in range(2):
        file = io.BytesIO()
        settings = predictor.bundle.features
        if settings:
            noise = rng.normal(0, 0.1, settings.sample_rate // 2)
            soundfile.write(file, noise, settings.sample_rate, subtype="PCM_16", format="WAV")
        else:
            np.save(file, rng.normal(size=(2, predictor.task.coefficients)).astype(np.float32))
        contents.append(file.getvalue())
    return pd.DataFrame({CONTENT: contents, SPEAKER: ["someone"] * 2})


def requirements() -> list[str]:
    """What serving needs, at the versions that the bundle was tried with."""
    return [f"{name}=={version(name).partition('+')[0]}" for name in NEEDED]


def register(
    files: Mapping[str, bytes], uri: str, results: Storage, sweep: Sweep, alias: str
) -> str:
    """Log a bundle under its sweep's run, and register it as a version of the sweep's model.

    Args:
        files: of the bundle.
        uri: of the MLflow store.
        results: folder that holds all sweeps.
        sweep: whose run is there.
        alias: that this version is to bear from now on.

    Returns:
        URI by which MLflow finds the model.

    Raises:
        TrackingError: the store cannot be used, or does not know the sweep.
    """
    artifacts = artifact_location(uri, results)
    store = RunStore(uri, sweep.space.name, sweep.facts["id"], artifacts)
    if store.status is None:
        raise TrackingError(f"{uri} does not know this sweep; --resume of run.py writes it there")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    run, client = store.run(None).run_id, MlflowClient(uri)
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(experiment_id=client.get_run(run).info.experiment_id)
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        logged = _log(Path(place), run, sweep.name)
    client.set_registered_model_alias(sweep.name, alias, str(logged.registered_model_version))
    return f"models:/{sweep.name}@{alias}"


def _log(bundle: Path, run: str, name: str) -> Any:
    """Log a model under a run that is not set running by it, and register it."""
    predictor = load(bundle)
    return Model.log(
        artifact_path=None,
        name=BUNDLE,
        flavor=mlflow.pyfunc,
        run_id=run,
        registered_model_name=name,
        python_model=served_model.__file__,
        artifacts={BUNDLE: str(bundle)},
        code_paths=[str(Path(fairser_core.__file__).parent)],
        signature=signature(predictor),
        input_example=example(predictor),
        pip_requirements=requirements(),
        metadata={"member": predictor.bundle.provenance["member"]},
    )


def alias_of(picked: str) -> str:
    """An alias for a rule or a member's name, which aliases may not hold as it is."""
    trial, at, epoch = picked.partition("@")
    return f"trial-{trial}-epoch-{epoch}" if at else picked
