import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import emotion_arrays
from tests.support import ROOT
from tests.support.toy_tables import toy_studied, toy_table

torch.set_num_threads(1)  # tiny networks: a second thread only waits


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests by the process that runs them, with `--dist loadgroup`.

    One runs all that starts Ray, one after the other: each takes the whole machine. The tests of a
    file stay together, so that its fixtures are set up once.
    """
    for item in items:
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.xdist_group("ray"))
        elif not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(ROOT).as_posix()))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of pytest share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session", autouse=True)
def demo_corpora_are_made_once(shared_folder: Path) -> Iterator[None]:
    """All processes of this run keep what they compute in one folder, and not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRSER_CACHE", str(shared_folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(shared_folder / "state"))  # the key that signs sweeps
        yield


@pytest.fixture(scope="session")
def toy_task() -> Activation:
    table, features = toy_table()
    windows = WindowSettings(frames=32, hop=4)
    return activation_arrays(table, features, windows, 3.5, (np.zeros(6), np.ones(6)))


@pytest.fixture(scope="session")
def small_net() -> dict[str, int]:
    """Settings of a network that suits the toy task's 6 x 32 windows."""
    return {"filters": 4, "kernel": 3, "stride": 2, "hidden": 8, "batch": 16}


@pytest.fixture(scope="session")
def toy_emotion() -> Emotion:
    """Three emotions, of which the features tell much."""
    table, rng = toy_studied(), np.random.default_rng(1)
    centres = {"anger": 1.0, "sadness": -1.0, "neutral": 0.0}
    vectors = [
        rng.normal(size=(3, 6)).mean(axis=0) + centres[truth] * np.linspace(-1, 1, 6)
        for truth in table["truth"]
    ]
    return emotion_arrays(table, vectors, ("anger", "sadness", "neutral"))


@pytest.fixture(scope="session")
def small_dnn() -> dict[str, int]:
    """Settings of a network that suits the toy task of emotions."""
    return {"hidden": 8, "latent": 5, "batch": 8}
