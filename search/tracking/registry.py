"""A bundle in MLflow: logged under the sweep's run, registered, and found again by an alias."""

import contextlib
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
from fairser_core.predictor.bundle import Bundle
from search.front.names import point_name
from search.front.pick import FAIREST_WITHIN, RULES, PickError, pick
from search.handover.model_card import card
from search.sweep.sweep import Sweep
from search.tracking import served_model
from search.tracking.served_model import BUNDLE, CONTENT, PERSPECTIVE, SPEAKER
from search.tracking.store import TrackingError, as_tracking_error
from search.tracking.sweep_run import StoreAddress, run_store

NEEDED = (
    "mlflow", "torch", "torchaudio", "numpy", "pandas", "soundfile", "safetensors", "platformdirs",
)  # fmt: skip
LONGEST = 5000  # characters of a description that MLflow keeps


def signature(predictor: Predictor) -> ModelSignature:
    """What the model takes and gives."""
    text = predictor.text_columns
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec(DataType.binary, CONTENT),
                ColSpec(DataType.string, SPEAKER, required=False),
            ]
        ),
        outputs=Schema(
            [
                ColSpec(DataType.string if name in text else DataType.double, name)
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
            np.save(
                file, rng.normal(size=(2, predictor.bundle.task.coefficients)).astype(np.float32)
            )
        contents.append(file.getvalue())
    return pd.DataFrame({CONTENT: contents, SPEAKER: ["someone"] * 2})


def requirements() -> list[str]:
    """What serving needs, at the versions that the bundle was tried with."""
    return [f"{name}=={version(name).partition('+')[0]}" for name in NEEDED]


@as_tracking_error()
def register(files: Mapping[str, bytes], address: StoreAddress, sweep: Sweep, alias: str) -> str:
    """Log a bundle under its sweep's run, and register it as a version of the sweep's model.

    Args:
        files: of the bundle.
        address: of the MLflow store.
        sweep: whose run is there.
        alias: that this version is to bear from now on.

    Returns:
        URI by which MLflow finds the model.

    Raises:
        TrackingError: the store cannot be used, or does not know the sweep.
    """
    uri, store = address.uri, run_store(sweep, address)
    if store.status is None:
        raise TrackingError(f"{uri} does not know this sweep; --resume of run.py writes it there")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    run, client = store.run(None).run_id, MlflowClient(uri)
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(experiment_id=client.get_run(run).info.experiment_id)
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        predictor = load(Path(place))
        logged = _log(predictor, Path(place), run, sweep.name)
    number = str(logged.registered_model_version)
    _describe(client, sweep, number, predictor.bundle)
    for one in [*aliases_of(sweep, predictor.bundle), alias]:
        client.set_registered_model_alias(sweep.name, one, number)
    return f"models:/{sweep.name}@{alias}"


def _log(predictor: Predictor, bundle: Path, run: str, name: str) -> Any:
    """Log a model under a run that is not set running by it, and register it."""
    settings = {key: str(value) for key, value in vars(predictor.bundle.method).items()}
    return Model.log(
        artifact_path=None,
        name=predictor.bundle.provenance["member"],
        flavor=mlflow.pyfunc,
        run_id=run,
        registered_model_name=name,
        params={"method": predictor.bundle.method_name, **settings},
        tags=tags_of(predictor.bundle),
        python_model=served_model.__file__,
        artifacts={BUNDLE: str(bundle)},
        code_paths=[str(Path(fairser_core.__file__).parent)],
        signature=signature(predictor),
        input_example=example(predictor),
        pip_requirements=requirements(),
        metadata={"member": predictor.bundle.provenance["member"]},
    )


def _describe(client: MlflowClient, sweep: Sweep, version: str, bundle: Bundle) -> None:
    """What MLflow's pages say of the model and of this version of it."""
    about = (
        f"Members of the front of the sweep {sweep.name}, method `{sweep.space.method}`: a version "
        "is one that was exported, an alias how it was picked."
    )
    if not client.get_registered_model(sweep.name).description:  # nobody wrote another
        client.update_registered_model(sweep.name, about)
    client.update_model_version(sweep.name, version, description(bundle))
    for name, value in tags_of(bundle).items():
        client.set_model_version_tag(sweep.name, version, name, value)


def description(bundle: Bundle) -> str:
    """The model card, or as many of its sections as MLflow takes."""
    text = card(bundle)
    while len(text) > LONGEST:
        text = text.rpartition("\n## ")[0] or text[:LONGEST]
    return text


def tags_of(bundle: Bundle) -> dict[str, str]:
    """By which a version is told from others, and found."""
    about = bundle.provenance
    return {
        "sweep": about["sweep"],
        "fairser.sweep": about["id"],
        "member": about["member"],
        "trial": str(about["trial"]),
        "seed": str(about["seed"]),
        "picked": about["picked"],
        "method": bundle.method_name,
        "corpus": about["corpus"]["name"],
        "corpus_fingerprint": about["corpus"]["fingerprint"],
        "git_revision": (about["git"] or {}).get("revision", ""),
    }


def aliases_of(sweep: Sweep, bundle: Bundle) -> list[str]:
    """The member's name, and every rule that picks it as the front stands."""
    front, member = sweep.front(), bundle.provenance["member"]
    found = [alias_of(member)]
    for rule in [*RULES, FAIREST_WITHIN]:
        with contextlib.suppress(PickError):  # the front has no such member
            if point_name(pick(front, rule)) == member:
                found.append(rule)
    return found


def alias_of(picked: str) -> str:
    """An alias for a rule or a member's name, which aliases may not hold as it is."""
    trial, at, epoch = picked.partition("@")
    return f"trial-{trial}-epoch-{epoch}" if at else picked
