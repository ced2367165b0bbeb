from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from search.tracking.served_model import ServedModel
from tests.support.activation_bundle import TrainedModel, train_on, write_bundle


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train_on(tmp_path_factory.mktemp("activation"))


@pytest.fixture
def model(trained: TrainedModel, tmp_path: Path) -> ServedModel:
    served = ServedModel()
    served.load_context(context(write_bundle(trained.bundle, tmp_path / "bundle")))
    return served


def context(bundle: Path) -> Any:
    return SimpleNamespace(artifacts={"bundle": str(bundle)})


def rows(trained: TrainedModel) -> pd.DataFrame:
    return pd.DataFrame({"content": [Path(path).read_bytes() for path in trained.validation]})


def test_each_row_is_predicted_as_its_file(trained: TrainedModel, model: ServedModel) -> None:
    for table in (rows(trained), rows(trained).assign(speaker=None)):
        predictions = model.predict(context(Path()), table)
        assert list(predictions.columns) == ["activation", "level"]
        assert predictions["activation"].tolist() == pytest.approx(trained.means(), abs=1e-5)


def test_a_perspective_that_the_model_does_not_take_is_refused(
    trained: TrainedModel, model: ServedModel
) -> None:
    with pytest.raises(MlflowException, match=r"`perspective` must be gender-free, .*got 'male'"):
        model.predict(context(Path()), rows(trained), {"perspective": "male"})
    model.predict(context(Path()), rows(trained), {"perspective": "gender-free"})


def test_a_row_that_cannot_be_used_is_named_and_the_request_is_to_blame(
    trained: TrainedModel, model: ServedModel
) -> None:
    table = rows(trained)
    table.loc[1, "content"] = b"no audio"
    with pytest.raises(MlflowException, match="row 1: is not audio that can be read") as caught:
        model.predict(context(Path()), table)
    assert caught.value.get_http_status_code() == 400


@pytest.mark.parametrize("content", [None, float("nan"), "text", 7, [1, 2]])
def test_content_that_is_no_file_is_refused(model: ServedModel, content: Any) -> None:
    with pytest.raises(MlflowException, match="row 0: `content` must be bytes of a file, got"):
        model.predict(context(Path()), pd.DataFrame({"content": [content]}))
    with pytest.raises(MlflowException, match="must be a column `content`"):
        model.predict(context(Path()), pd.DataFrame({"file": [content]}))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([" a", "b "], ["a", "b"]),
        ([1, 2], ["1", "2"]),
        (["", None], [None, None]),
        ([float("nan"), "007"], [None, "007"]),
    ],
)
def test_speakers_are_read_as_in_a_table(
    model: ServedModel, monkeypatch: pytest.MonkeyPatch, written: list[Any], read: list[str | None]
) -> None:
    taken: list[Any] = []

    def predict(recordings: list[Any], perspective: str) -> list[dict[str, Any]]:
        taken.extend(recording.speaker for recording in recordings)
        return [{"activation": 1.0, "level": "low"} for _ in recordings]

    monkeypatch.setattr(model.predictor, "predict", predict)
    model.predict(context(Path()), pd.DataFrame({"content": [b"", b""], "speaker": written}))
    assert taken == read
