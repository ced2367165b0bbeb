from pathlib import Path

import pytest

from search.reporting.sweep_source import Source, source_of
from search.store.local_storage import LocalStorage
from tests.support.report_source import alone, report_source


@pytest.fixture(scope="session")
def report_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the sweeps `toy` and `other`."""
    results = tmp_path_factory.mktemp("report")
    report_source(results)
    report_source(results, "other", "nonadversarial", train=alone)
    return results


@pytest.fixture(scope="session")
def toy(report_results: Path) -> Source:
    """Of the space `adversarial`."""
    return source_of("toy", LocalStorage(report_results))


@pytest.fixture(scope="session")
def other(report_results: Path) -> Source:
    """Of the space `nonadversarial`, which searches a single value."""
    return source_of("other", LocalStorage(report_results))
