"""Members of a front as MLflow's logged models: sortable, with metrics bound to the corpus."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput

TYPE = "fairser candidate"


@dataclass(frozen=True)
class ModelOrigin:
    """Origin of a logged model.

    Attributes:
        experiment: id of the experiment.
        sweep: tag of the sweep.
        member: name of the member, `trial@epoch`.
        run: id of the member's run.
    """

    experiment: str
    sweep: str
    member: str
    run: str


def member_model(client: MlflowClient, origin: ModelOrigin, params: Mapping[str, str]) -> str:
    """Make the logged model of a member, and return its id.

    The model has no files: `export --register` adds a version with them.

    Args:
        client: client of the store.
        origin: origin of the model.
        params: params of the model.
    """
    model = client.create_logged_model(
        origin.experiment,
        name=origin.member,
        source_run_id=origin.run,
        tags={"fairser.sweep": origin.sweep, "fairser.member": origin.member},
        params=dict(params),
        model_type=TYPE,
    )
    client.finalize_logged_model(model.model_id, "READY")
    # The output comes last: a run with it has a whole model.
    client.log_outputs(origin.run, [LoggedModelOutput(model.model_id, 0)])
    return str(model.model_id)
