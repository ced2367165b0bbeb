from pathlib import Path

import pytest

from search.reporting.sweep_source import Source, source_of
from search.store.storage import LocalStorage
from tests.support.told import alone, told_sweep


@pytest.fixture(scope="session")
def told_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the sweeps `toy` and `other`."""
    results = tmp_path_factory.mktemp("told")
    told_sweep(results)
    told_sweep(results, "other", "nonadversarial", train=alone)
    return results


@pytest.fixture(scope="session")
def toy(told_results: Path) -> Source:
    """Of the space `adversarial`."""
    return source_of("toy", LocalStorage(told_results))


@pytest.fixture(scope="session")
def other(told_results: Path) -> Source:
    """Of the space `nonadversarial`, which searches a single value."""
    return source_of("other", LocalStorage(told_results))
