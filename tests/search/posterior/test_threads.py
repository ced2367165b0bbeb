from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from search.posterior import process
from search.posterior.claims import front_claims
from search.posterior.gain import next_lane
from search.posterior.posterior import Posterior
from tests.support.posteriors import goal, lanes


def blas_threads() -> set[int]:
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {library["num_threads"] for library in libraries}


def test_a_posterior_takes_one_thread_and_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: set[int] = set()
    original = process.cholesky

    def counted(*given: Any, **options: Any) -> Any:
        seen.update(blas_threads())
        return original(*given, **options)

    monkeypatch.setattr(process, "cholesky", counted)
    with threadpool_limits(2, user_api="blas"):
        posterior = Posterior(lanes(), goal())
        front_claims(posterior)
        next_lane(posterior, np.full((4, lanes().places.shape[1]), 0.5), np.array([0]))
        assert blas_threads() == {2}
    assert seen == {1}
