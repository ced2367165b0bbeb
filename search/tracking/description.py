"""A sweep in words, as MLflow's page of its run shows it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from search.front.front import Front, Point
from search.front.names import plural, point_name, why_infeasible
from search.presentation.wording import (
    better,
    checked_text,
    floors_text,
    hypervolume_text,
    mean_sd,
    number,
    percent,
)
from search.tracking.changes import STANDING
from search.tracking.experiment_page import VIEWS, page, view_page

DESCRIPTION = "mlflow.note.content"
LONGEST = 8000  # characters that MLflow keeps
ROWS = 15  # of the members' table
_CELL = " &nbsp; | "  # MLflow's page leaves no room between a table's columns


@dataclass(frozen=True)
class About:
    """What the front does not tell.

    Attributes:
        searched: a sentence.
        address: the sweep's, for the commands.
    """

    searched: str = ""
    address: str = ""


@dataclass(frozen=True)
class Place:
    """Where the sweep is in MLflow.

    Attributes:
        sweep: its tag.
        experiment: its id.
        run: the id of its own run.
    """

    sweep: str
    experiment: str
    run: str


def description(front: Front, about: About, place: Place) -> str:
    """The sweep in Markdown; what comes first is seen before `Show more` is clicked."""
    head = [_links(place), _sentences(front), about.searched]
    picture = f"![front](get-artifact?path=front.png&run_uuid={place.run})"
    members = ["\n".join(_table(front)), picture] if front.members else []
    rest = ["\n".join(_filters(front, place))]
    if about.address and front.members:
        rest.append("\n".join(_commands(about)))
    text = "\n\n".join(filter(None, [*head, *members, *rest]))
    return text if len(text) <= LONGEST else "\n\n".join(filter(None, [*head, *rest]))


def trial_description(front: Front, point: Point) -> str:
    """Return which candidate of a trial's configuration counts, and where it stands, in words."""
    found = ", ".join(f"{name} {mean_sd(point.metrics, name)}" for name in front.objectives)
    off = "off the front" if front.members else ""  # a replication has none
    stands = "on the Pareto front" if point.on_front else why_infeasible(point) or off
    seeds = plural(len(point.seeds), "seed")
    known = f"Configuration {point.trial} at epoch {point.epoch}, over {seeds}: {found}"
    return (
        f"{'; '.join(filter(None, [known, stands]))}. These are the metrics `point/`; the others "
        "are of this trial's own seeds, epoch by epoch."
    )


def _sentences(front: Front) -> str:
    done = len({trial for point in front.points for trial in point.trials})
    objectives = ", ".join(f"{name} ({better(name)})" for name in front.objectives)
    sentences = [
        f"A search over {objectives}: {plural(done, 'trial')} done, "
        f"{len(front.members)} on the Pareto front (tag `pareto`).",
        *(f"Floor: {floors_text([floor])}." for floor in front.floors),
        f"Its {hypervolume_text(front)}.",
        f"{checked_text(front).capitalize()}." if front.checked else "",
    ]
    return " ".join(filter(None, sentences))


def _links(place: Place) -> str:
    run = f"runs/{place.run}"
    pages = {f"{run}/artifacts/front.html": "front.html", f"{run}/model-metrics": "hypervolume"}
    links = [f"[{name}]({page(place.experiment, path)})" for path, name in pages.items()]
    views = [f"[{name}]({view_page(place.experiment, key)})" for key, name in VIEWS.items()]
    return " · ".join([*links, *views])


def _table(front: Front) -> Iterator[str]:
    """The members and the baseline, the most accurate first."""
    shown = front.members[:ROWS]
    values = list(dict.fromkeys(key for point in shown for key in point.values))
    fresh = [name for name in front.objectives if any(name in point.check for point in shown)]
    heads = [*front.objectives, *(f"{name}, fresh seeds" for name in fresh), "seeds"]
    columns = ["member", *heads, "truly on it", *values]
    yield f"| {_CELL.join(columns)} |\n|{'---|' * len(columns)}"
    for point in shown:
        yield f"| {_CELL.join(_row(front, point, fresh, values))} |"
    if front.baseline:
        cells = [mean_sd(front.baseline, name) for name in front.objectives]
        rest = [""] * (len(columns) - len(cells) - 1)
        yield f"| {_CELL.join(['baseline', *cells, *rest])} |"
    if len(front.members) > ROWS:
        yield f"\nand {len(front.members) - ROWS} more in `front.csv`."


def _row(front: Front, point: Point, fresh: list[str], values: list[str]) -> list[str]:
    return [
        point_name(point),
        *(mean_sd(point.metrics, name) for name in front.objectives),
        *(mean_sd(point.check, name) for name in fresh),
        str(len(point.seeds)),
        percent(point.probability),
        *(number(point.values[key]) if key in point.values else "" for key in values),
    ]


def _filters(front: Front, place: Place) -> Iterator[str]:
    yield (  # one line: MLflow's page breaks lines where the text does
        "Each nested run is one trial, and a step of its metrics is an epoch: means over seeds, "
        "`_sd` their spread, `loss/` the loss terms. Sort by `point/` metrics, which are those "
        "of the candidate that counts; sorted by time, trials are folded below their sweep. "
        "To paste into the search box of the runs:\n"
    )
    own = f"tags.\"fairser.sweep\" = '{place.sweep}'"
    yield f"- `{own} and tags.pareto = 'true'`: the front's trials"
    yield f"- `{own} and tags.feasible = 'true'`: all above the floors"
    for floor in front.floors:
        if floor.metric == front.objectives[0]:
            least = f'metrics."{STANDING}{floor.metric}" >= {floor.baseline:.3g}'
            yield f"- `{least}`: as accurate as the baseline"


def _commands(about: About) -> Iterator[str]:
    address = shlex.quote(about.address)
    yield "What members are worth on test data, a page that tells all, and a model to use:\n\n```"
    yield f"python search/replicate.py {address}"
    yield f"python search/report.py {address}"
    yield f"python search/export.py {address} --pick knee --register\n```"
