"""Bundle as an MLflow model: MLflow logs this file and runs it where the model is served.

The file needs only the core, which is logged beside it. Nothing is pickled.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from fairser_core.predictor import GENDER_FREE, PerspectiveError, Recording, load
from fairser_core.predictor.recording import RequestError, check_request

BUNDLE = "bundle"  # artifact
CONTENT, SPEAKER, SESSION, PERSPECTIVE = "content", "speaker", "session", "perspective"


class ServedModel(PythonModel):
    """Model that predicts from the content of recordings, one a row."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the bundle."""
        self.predictor = load(Path(context.artifacts[BUNDLE]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return the predictions, a row for each row of input.

        Args:
            context: not used.
            model_input: column `content` (of an audio file), perhaps `speaker` and `session`.
            params: `perspective`.

        Raises:
            MlflowException: the model has no such perspective, or a row cannot be used; names it.
                A server answers 400 with this message.
        """
        if CONTENT not in model_input:
            raise _bad_request(ValueError(f"there must be a column `{CONTENT}`"))
        for number, content in enumerate(model_input[CONTENT]):
            if not isinstance(content, bytes | bytearray):
                kind = type(content).__name__
                raise _bad_request(
                    ValueError(f"row {number}: `{CONTENT}` must be bytes of a file, got {kind}")
                )
        groups = [
            [_name(value) for value in model_input[column]]
            if column in model_input
            else [None] * len(model_input)
            for column in (SPEAKER, SESSION)
        ]
        rows = zip(model_input[CONTENT], *groups, strict=True)
        recordings = [
            Recording(f"row {number}", speaker, bytes(content), session=session)
            for number, (content, speaker, session) in enumerate(rows)
        ]
        try:
            check_request(recordings)
        except RequestError as error:
            raise _bad_request(error) from error
        perspective = (params or {}).get(PERSPECTIVE, GENDER_FREE)
        try:
            predictions = list(self.predictor.predict(recordings, perspective))
        except PerspectiveError as error:
            raise _bad_request(error) from error
        for prediction in predictions:
            if isinstance(prediction, Exception):
                raise _bad_request(prediction)
        return pd.DataFrame(predictions, columns=list(self.predictor.columns))


def _name(value: Any) -> str | None:
    """Return the name of a speaker or session, as a table's cell is read; None for none."""
    return None if pd.isna(value) else str(value).strip() or None


def _bad_request(error: Exception) -> MlflowException:
    return MlflowException(str(error), INVALID_PARAMETER_VALUE)


set_model(ServedModel())
