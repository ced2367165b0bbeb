"""A bundle's network as an ONNX file, for programs without torch."""

import contextlib
import logging
import warnings
from collections.abc import Iterator

import numpy as np
import torch

from fairser_core.predictor import Predictor

NAME = "model.onnx"
TOLERANCE = 1e-4  # of outputs
TRACED, TRIED = 3, 5  # rows; of another number, lest the file holds it


class OnnxError(ValueError):
    """A network cannot be written as ONNX."""


def onnx_file(predictor: Predictor) -> bytes:
    """The file; it was tried, and says what torch says to within 1e-4.

    Of activation its input are `windows` of MFCCs, not normalised (window, frame, coefficient); an
    utterance's prediction is the mean over its windows, and what fills one that is too short is the
    `mean` of bundle.json. Of emotions they are `vectors`, means over frames normalised for each
    speaker (utterance, feature); outputs are named by perspective.

    Raises:
        OnnxError: the packages of the extra `onnx` are missing, or it says something else.
    """
    try:
        import onnxscript  # noqa: F401 - what torch writes ONNX with
        from onnx.reference import ReferenceEvaluator
    except ImportError as error:
        raise OnnxError(
            "--onnx needs the packages of the extra: pip install 'fairser[onnx]'"
        ) from error
    module, shape, names = predictor.exported()
    rows = torch.randn(TRIED, *shape, generator=torch.Generator().manual_seed(0))
    with _quiet(), torch.no_grad():
        written = torch.onnx.export(
            module.eval(),
            (rows[:TRACED],),
            input_names=[names[0]],
            output_names=list(names[1:]),
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            dynamo=True,
            verbose=False,
        )
        expected = module(rows)
    assert written is not None
    content: bytes = written.model_proto.SerializeToString()
    found = ReferenceEvaluator(content).run(None, {names[0]: rows.numpy()})
    wanted = expected if isinstance(expected, tuple) else (expected,)
    for name, value, right in zip(names[1:], found, wanted, strict=True):
        apart = float(np.abs(value - right.numpy()).max())
        if not apart <= TOLERANCE:
            raise OnnxError(f"`{name}` of the ONNX file differs from torch's by {apart:g}")
    return content


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Torch tells of operators that nobody asked for."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
