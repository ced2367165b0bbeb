"""ONNX files of bundles' networks, for programs without torch."""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.predictor import Predictor

NAME = "model.onnx"
TOLERANCE = 1e-4  # of outputs
TRACE_ROWS, CHECK_ROWS = 3, 5  # different, so that a fixed number of rows would fail the check


class OnnxError(ValueError):
    """Error of a network that cannot be written as ONNX."""


def onnx_file(predictor: Predictor) -> bytes:
    """Return the ONNX file of a network, checked to equal torch's outputs to within 1e-4.

    For activation the input is `windows` of MFCCs, not normalised (window, frame, coefficient). An
    utterance's prediction is the mean over its windows; the `mean` in bundle.json fills a window
    that is too short. For emotions the input is `vectors`, statistics over frames, normalised where
    bundle.json names `speaker` or `session` (utterance, feature); outputs are named by perspective.

    Raises:
        OnnxError: the packages of the extra `onnx` are missing, or an output differs from torch's.
    """
    try:
        import onnxscript  # noqa: F401 - torch's ONNX export needs it
        from onnx.reference import ReferenceEvaluator
    except ImportError as error:
        raise OnnxError(
            "--onnx needs the packages of the extra: pip install 'fairser[onnx]'"
        ) from error
    module, shape, names = predictor.exported()
    rows = torch.randn(CHECK_ROWS, *shape, generator=torch.Generator().manual_seed(0))
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            module.eval(),
            (rows[:TRACE_ROWS],),
            input_names=[names[0]],
            output_names=list(names[1:]),
            dynamic_shapes=({0: torch.export.Dim("rows")},),
            dynamo=True,
            verbose=False,
        )
        expected = module(rows)
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    outputs = list(ReferenceEvaluator(content).run(None, {names[0]: rows.numpy()}))
    _check_equal(names[1:], outputs, expected if isinstance(expected, tuple) else (expected,))
    return content


def _check_equal(
    names: Sequence[str], outputs: Sequence[NDArray[np.floating]], expected: Sequence[torch.Tensor]
) -> None:
    """Raise an OnnxError if an output of the ONNX file differs from torch's."""
    for name, output, torch_output in zip(names, outputs, expected, strict=True):
        difference = float(np.abs(output - torch_output.numpy()).max())
        if not difference <= TOLERANCE:
            raise OnnxError(
                f"`{name}` of the ONNX file must equal torch's to within {TOLERANCE:g}, "
                f"differs from torch's by {difference:g}"
            )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence torch's messages on operators that the network does not use."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
