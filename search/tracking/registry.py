"""Registration of bundles in MLflow: logged under the sweep's run, found by aliases."""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import soundfile
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

import fairser_core
from fairser_core.features.mfcc import MfccSettings
from fairser_core.predictor import GENDER_FREE, Predictor, load
from fairser_core.predictor.bundle import Bundle
from fairser_core.temporary import temporary_folder
from search.front.names import point_name
from search.front.pick import RULES, PickError, pick
from search.front.rule_names import FAIREST_WITHIN
from search.handover.model_card import card
from search.sweep.sweep import Sweep
from search.terminal.credentials import stored_address
from search.tracking import served_model
from search.tracking.served_model import BUNDLE, CONTENT, PERSPECTIVE, SESSION, SPEAKER
from search.tracking.store import TrackingError, as_tracking_error
from search.tracking.sweep_run import StoreAddress, run_store

PACKAGES = (
    "mlflow", "torch", "torchaudio", "numpy", "pandas", "soundfile", "safetensors", "platformdirs",
)  # fmt: skip
REGISTRATION = "fairser.registration"  # tag that stays BEGUN where a registration was killed
BEGUN, COMPLETE = "begun", "complete"
REGISTRY = "MLFLOW_REGISTRY_URI"
"""Variable by which the user names a registry apart from the tracking store."""
LONGEST = 5000  # characters: MLflow's limit for a description


def signature(predictor: Predictor) -> ModelSignature:
    """Return the signature of the served model: its inputs, outputs and parameter."""
    text = predictor.text_columns
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec(DataType.binary, CONTENT),
                ColSpec(DataType.string, SPEAKER, required=False),
                ColSpec(DataType.string, SESSION, required=False),
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
    """Return two short recordings of one speaker, made of noise."""
    rng = np.random.default_rng(0)
    contents = []
    for _ in range(2):
        file = io.BytesIO()
        features = predictor.bundle.features
        audio = features if isinstance(features, MfccSettings) else predictor.model
        if audio:
            noise = rng.normal(0, 0.1, audio.sample_rate // 2)
            soundfile.write(file, noise, audio.sample_rate, subtype="PCM_16", format="WAV")
        else:
            shape = (predictor.bundle.task.layers or 2, predictor.bundle.task.coefficients)
            np.save(file, rng.normal(size=shape).astype(np.float32))
        contents.append(file.getvalue())
    return pd.DataFrame({CONTENT: contents, SPEAKER: ["someone"] * 2})


def store_variables(uri: str) -> dict[str, str]:
    """Return the variables that name a tracking store and the registry used with the store.

    Args:
        uri: tracking URI.

    Returns:
        URIs without credentials, by the names of MLflow's variables.
    """
    variables = {"MLFLOW_TRACKING_URI": stored_address(uri, "")}
    registry = os.environ.get(REGISTRY)
    return variables | ({REGISTRY: stored_address(registry, "")} if registry else {})


def requirements(predictor: Predictor) -> list[str]:
    """Return the packages that serving needs, at their installed versions."""
    names = (*PACKAGES, "transformers") if predictor.model else PACKAGES
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]


@as_tracking_error()
def register(files: Mapping[str, bytes], address: StoreAddress, sweep: Sweep, alias: str) -> str:
    """Log a bundle under its sweep's run, and register it as a version of the sweep's model.

    Args:
        files: files of the bundle.
        address: address of the MLflow store.
        sweep: sweep with a run in the store.
        alias: alias of this version from now on.

    Returns:
        URI of the model in MLflow.

    Raises:
        TrackingError: the store cannot be used, or has no run of the sweep.
    """
    uri, store = address.uri, run_store(sweep, address)
    if store.status is None:
        raise TrackingError(
            f"{uri} has no run of sweep {sweep.name!r}; --resume of run.py writes it there"
        )
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    run, client = store.run(None).run_id, MlflowClient(uri)
    mlflow.set_tracking_uri(uri)
    experiment = client.get_run(run).info.experiment_id
    mlflow.set_experiment(experiment_id=experiment)
    _remove_half_made(client, sweep, run, experiment)
    with temporary_folder() as above, _mlflow_works_in(above):
        folder = above / BUNDLE
        folder.mkdir()
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        predictor = load(folder)
        model = _log(predictor, folder, run, sweep.name)
    number = str(model.registered_model_version)
    _describe(client, sweep, number, predictor.bundle)
    for name in [*aliases_of(sweep, predictor.bundle), alias]:
        client.set_registered_model_alias(sweep.name, name, number)
    client.set_logged_model_tags(model.model_id, {REGISTRATION: COMPLETE})
    client.set_model_version_tag(sweep.name, number, REGISTRATION, COMPLETE)
    return f"models:/{sweep.name}@{alias}"


@contextlib.contextmanager
def _mlflow_works_in(folder: Path) -> Iterator[None]:
    """Let MLflow make its temporary files in a folder that is removed however this ends."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _remove_half_made(client: MlflowClient, sweep: Sweep, run: str, experiment: str) -> None:
    """Remove versions and models of a sweep whose registration was killed before its end."""
    for registered in client.search_model_versions(f"name = '{sweep.name}'"):
        state = registered.tags.get(REGISTRATION)  # None if an earlier version registered it
        half_made = state == BEGUN or (state is None and not registered.description)
        if registered.run_id == run and half_made:
            client.delete_model_version(sweep.name, registered.version)
    for model in client.search_logged_models([experiment]):
        if model.source_run_id == run and model.status == LoggedModelStatus.PENDING:
            client.delete_logged_model(model.model_id)


def _log(predictor: Predictor, bundle: Path, run: str, name: str) -> Any:
    """Log a model under a run without changing the run's status, and register it."""
    settings = {key: str(value) for key, value in vars(predictor.bundle.method).items()}
    return Model.log(
        artifact_path=None,
        name=predictor.bundle.provenance["member"],
        flavor=mlflow.pyfunc,
        run_id=run,
        registered_model_name=name,
        params={"method": predictor.bundle.method_name, **settings},
        tags={**tags_of(predictor.bundle), REGISTRATION: BEGUN},
        python_model=served_model.__file__,
        artifacts={BUNDLE: str(bundle)},
        code_paths=[str(Path(fairser_core.__file__).parent)],
        signature=signature(predictor),
        input_example=example(predictor),
        pip_requirements=requirements(predictor),
        metadata={"member": predictor.bundle.provenance["member"]},
    )


def _describe(client: MlflowClient, sweep: Sweep, version: str, bundle: Bundle) -> None:
    """Write the descriptions of the model and of a version, and the version's tags."""
    text = (
        f"Members of the front of the sweep {sweep.name}, method `{sweep.space.method}`. Each "
        "version is an exported member; its aliases are its name and the rules that pick it."
    )
    if not client.get_registered_model(sweep.name).description:  # a user's description stays
        client.update_registered_model(sweep.name, text)
    client.update_model_version(sweep.name, version, description(bundle))
    for name, value in tags_of(bundle).items():
        client.set_model_version_tag(sweep.name, version, name, value)


def description(bundle: Bundle) -> str:
    """Return the model card, or as many of its sections as MLflow accepts."""
    text = card(bundle)
    while len(text) > LONGEST:
        text = text.rpartition("\n## ")[0] or text[:LONGEST]
    return text


def tags_of(bundle: Bundle) -> dict[str, str]:
    """Return the tags that identify a version."""
    provenance = bundle.provenance
    return {
        "sweep": provenance["sweep"],
        "fairser.sweep": provenance["id"],
        "member": provenance["member"],
        "trial": str(provenance["trial"]),
        "seed": str(provenance["seed"]),
        "picked": provenance["picked"],
        "method": bundle.method_name,
        "corpus": provenance["corpus"]["name"],
        "corpus_fingerprint": provenance["corpus"]["fingerprint"],
        "git_revision": (provenance["git"] or {}).get("revision", ""),
    }


def aliases_of(sweep: Sweep, bundle: Bundle) -> list[str]:
    """Return the member's name and every rule that picks it from the current front."""
    front, member = sweep.front(), bundle.provenance["member"]
    aliases = [alias_of(member)]
    for rule in [*RULES, FAIREST_WITHIN]:
        with contextlib.suppress(PickError):  # the front has no such member
            if point_name(pick(front, rule)) == member:
                aliases.append(rule)
    return aliases


def alias_of(pick_name: str) -> str:
    """Return the alias of a rule or of a member, whose name is no valid alias."""
    trial, at, epoch = pick_name.partition("@")
    return f"trial-{trial}-epoch-{epoch}" if at else pick_name
