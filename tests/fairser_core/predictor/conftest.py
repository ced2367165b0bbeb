from pathlib import Path

import pytest

from tests.support.spoken import Trained, train_on, written


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train_on(tmp_path_factory.mktemp("spoken"))


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    """The toy bundle on disk, the test's own."""
    return written(trained.bundle, tmp_path / "bundle")
