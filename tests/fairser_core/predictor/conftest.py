from pathlib import Path

import pytest

from tests.support.activation_bundle import TrainedModel, train_on, write_bundle


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train_on(tmp_path_factory.mktemp("activation"))


@pytest.fixture
def folder(trained: TrainedModel, tmp_path: Path) -> Path:
    """The toy bundle on disk, the test's own."""
    return write_bundle(trained.bundle, tmp_path / "bundle")
