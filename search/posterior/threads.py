"""Threads of linear algebra: a posterior takes one, for its matrices are small.

The threads of BLAS wait by spinning, which takes cores from trials that train. On a busy pair of
cores a plan of 24 trials took ten times the time of a processor that one thread takes.
"""

import contextlib
from collections.abc import Iterator

import scipy.linalg  # noqa: F401  it brings a BLAS of its own, which the controller has to see
from threadpoolctl import ThreadpoolController

_LIBRARIES = ThreadpoolController()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS use one thread inside the context, or in the function that this decorates."""
    with _LIBRARIES.limit(limits=1, user_api="blas"):
        yield
