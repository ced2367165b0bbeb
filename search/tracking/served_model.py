"""A bundle as an MLflow model: this file is logged as it stands, and run where the model is served.

It needs the core alone, which is logged beside it. Nothing is pickled.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from fairser_core.predictor import GENDER_FREE, PerspectiveError, Recording, load

BUNDLE = "bundle"  # the artifact
CONTENT, SPEAKER, PERSPECTIVE = "content", "speaker", "perspective"


class ServedModel(PythonModel):
    """Predicts from the content of recordings, one a row."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the bundle."""
        self.predictor = load(Path(context.artifacts[BUNDLE]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """What is predicted of each row.

        Args:
            context: not used.
            model_input: columns `content` (of an audio file) and perhaps `speaker`.
            params: `perspective`.

        Raises:
            MlflowException: no such perspective, or a row that cannot be used; names it. Served,
                the answer is 400 with the sentence.
        """
        speakers = model_input[SPEAKER] if SPEAKER in model_input else [None] * len(model_input)
        recordings = [
            Recording(f"row {number}", speaker if isinstance(speaker, str) else None, content)
            for number, (content, speaker) in enumerate(
                zip(model_input[CONTENT], speakers, strict=True)
            )
        ]
        perspective = (params or {}).get(PERSPECTIVE, GENDER_FREE)
        try:
            outcomes = list(self.predictor.predict(recordings, perspective))
        except PerspectiveError as error:
            raise _refused(error) from error
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise _refused(outcome)
        return pd.DataFrame(outcomes, columns=list(self.predictor.columns))


def _refused(error: Exception) -> MlflowException:
    return MlflowException(str(error), INVALID_PARAMETER_VALUE)


set_model(ServedModel())
