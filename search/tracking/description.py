"""Descriptions of a sweep and its trials on the MLflow pages of their runs."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from search.front.fresh import refutation
from search.front.front import Front
from search.front.names import BASELINE, baseline_name, plural, why_infeasible
from search.front.point import Point
from search.presentation.markup import escape
from search.presentation.wording import (
    better,
    chance_sentence,
    checked_text,
    claim_sentences,
    floors_text,
    hypervolume_text,
    judged_text,
    marked_names,
    mean_sd,
    number,
    refuted_sentence,
    sentence_case,
)
from search.tracking.changes import STANDING
from search.tracking.experiment_page import ALL, VIEWS, front_view, page, view_page
from search.verdict.subject import Subject
from search.verdict.verdict import verdict

DESCRIPTION = "mlflow.note.content"
LONGEST = 8000  # characters that MLflow keeps
ROWS = 15  # of the members' table
_CELL = " &nbsp; | "  # MLflow's page leaves no room between a table's columns


@dataclass(frozen=True)
class About:
    """Facts of a description that are not in the front.

    Attributes:
        searched: sentence on what is searched.
        address: address of the sweep in commands.
        subject: facts that the verdict needs; None where nothing is searched.
    """

    searched: str = ""
    address: str = ""
    subject: Subject | None = None


@dataclass(frozen=True)
class RunAddress:
    """Address of a sweep's run in MLflow.

    Attributes:
        sweep: tag of the sweep.
        experiment: id of the experiment.
        run: id of the run.
    """

    sweep: str
    experiment: str
    run: str


def description(front: Front, about: About, address: RunAddress) -> str:
    """Return the description of a sweep in Markdown.

    The most important lines come first: MLflow hides the others behind `Show more`.
    """
    judged = verdict(front, about.subject) if about.subject else None
    head = [f"**{escape(judged.text)}**"] if judged else []
    head += [_links(address), _sentences(front), about.searched]
    picture = f"![front](get-artifact?path=front.png&run_uuid={address.run})"
    members = ["\n".join(_table(front)), picture] if front.members else []
    rest = ["\n".join(_filters(front, address))]
    if about.address and front.members:
        offered = judged is None or judged.member is not None
        rest.append("\n".join(_commands(about.address, offered)))
    text = "\n\n".join(filter(None, [*head, *members, *rest]))
    return text if len(text) <= LONGEST else "\n\n".join(filter(None, [*head, *rest]))


def trial_description(front: Front, point: Point) -> str:
    """Return the description of a trial: its best candidate, and whether that is on the front."""
    means = ", ".join(f"{name} {mean_sd(point.metrics, name)}" for name in front.objectives)
    off = "off the front" if front.members else ""  # a replication has no front
    status = "on the Pareto front" if point.on_front else why_infeasible(point) or off
    seeds = plural(len(point.seeds), "seed")
    candidate = f"Configuration {point.trial} at epoch {point.epoch}, over {seeds}: {means}"
    return (
        f"{'; '.join(filter(None, [candidate, status]))}. These are the metrics `point/`; the "
        "others are means over this trial's seeds at each epoch."
    )


def member_description(front: Front, point: Point) -> str:
    """Return the description of a member of the front."""
    means = ", ".join(f"{name} {mean_sd(point.expected, name)}" for name in front.objectives)
    values = "expected of fresh seeds" if point.claim else "mean of its seeds"
    reason = refutation(front, point)
    refuted = f" Fresh seeds refute it ({reason})." if reason else ""
    trials = ", ".join(f"trial {number}" for number in point.trials)
    return (
        f"Configuration {point.trial} at epoch {point.epoch}, on the Pareto front: {means} "
        f"({values}, ± standard deviation). Rules choose by {judged_text(front, point)}.{refuted} "
        f"Trained as {trials} with {plural(len(point.seeds), 'seed')}. Metrics are means over "
        "these seeds at this epoch, `_sd` their standard deviations; they are also bound to the "
        "logged model of this name and to the corpus."
    )


def fallen_description(name: str) -> str:
    """Return the description of a candidate that was a member of the front, and is one no more."""
    return (
        f"{name} was on the Pareto front when its model was logged, and is not any more. Its "
        "metrics are of that time."
    )


def _sentences(front: Front) -> str:
    done = len({trial for point in front.points for trial in point.trials})
    objectives = ", ".join(f"{name} ({better(name)})" for name in front.objectives)
    notes = [*claim_sentences(front), refuted_sentence(front), checked_text(front)]
    notes.append(chance_sentence(front))
    sentences = [
        f"A search over {objectives}: {plural(done, 'trial')} done, "
        f"{plural(len(front.members), 'candidate')} on the Pareto front.",
        *(f"Floor: {floors_text([floor])}." for floor in front.floors),
        f"The front has {hypervolume_text(front)}.",
        *(f"{sentence_case(text)}." for text in notes if text),
    ]
    return " ".join(filter(None, sentences))


def _links(address: RunAddress) -> str:
    run = f"runs/{address.run}"
    pages = {f"{run}/artifacts/front.html": "front.html", f"{run}/model-metrics": "hypervolume"}
    links = [f"[{name}]({page(address.experiment, path)})" for path, name in pages.items()]
    views = {front_view(address.sweep): "the front", ALL: VIEWS[ALL]}
    views_links = [f"[{name}]({view_page(address.experiment, key)})" for key, name in views.items()]
    return " · ".join([*views_links, *links])


def _table(front: Front) -> Iterator[str]:
    """Return the lines of a table of the members, most accurate first, and the baseline."""
    shown = front.members[:ROWS]
    values = list(dict.fromkeys(key for point in shown for key in point.values))
    fresh = [name for name in front.objectives if any(name in point.check for point in shown)]
    heads = [*front.objectives, *(f"{name}, fresh seeds" for name in fresh), "seeds"]
    columns = ["member", *heads, *values]
    yield f"| {_CELL.join(columns)} |\n|{'---|' * len(columns)}"
    for name, point in zip(marked_names(front), shown, strict=False):
        yield f"| {_CELL.join([name, *_row(front, point, fresh, values)])} |"
    if front.baseline:
        cells = [mean_sd(front.baseline, name) for name in front.objectives]
        rest = [""] * (len(columns) - len(cells) - 1)
        yield f"| {_CELL.join([BASELINE, *cells, *rest])} |"
    for point in front.baseline_points[:ROWS]:
        cells = [mean_sd(point.metrics, name) for name in front.objectives]
        rest = [""] * (len(columns) - len(cells) - 1)
        yield f"| {_CELL.join([baseline_name(point.epoch), *cells, *rest])} |"
    if len(front.members) > ROWS:
        yield f"\nand {len(front.members) - ROWS} more in `front.csv`."


def _row(front: Front, point: Point, fresh: list[str], values: list[str]) -> list[str]:
    return [
        *(mean_sd(point.expected, name) for name in front.objectives),
        *(mean_sd(point.check, name) for name in fresh),
        str(len(point.seeds)),
        *(number(point.values[key]) if key in point.values else "" for key in values),
    ]


def _filters(front: Front, address: RunAddress) -> Iterator[str]:
    yield (  # one line: MLflow's page breaks lines where the text does
        "A nested run is a trial, or a member of the front, which has the member's name. A step "
        "of a trial's metrics is an epoch: means over seeds, `_sd` their standard deviations, "
        "`loss/` the loss terms. The metrics `point/` are those of a member, or of the trial's "
        "best candidate (a configuration at an epoch): sort by them. Sorted by time, nested runs "
        "are folded below their sweep. Filters for the search box of the runs:\n"
    )
    runs = f"tags.\"fairser.sweep\" = '{address.sweep}'"
    yield f"- `{runs} and tags.pareto = 'true'`: members of the front"
    yield f"- `{runs} and tags.purpose = 'search'`: trials"
    yield f"- `{runs} and tags.feasible = 'true'`: trials that reach all floors"
    for floor in front.floors:
        if floor.metric == front.objectives[0]:
            condition = f'metrics."{STANDING}{floor.metric}" >= {floor.baseline:.3g}'
            yield f"- `{condition}`: trials at least as accurate as the baseline"


def _commands(folder: str, offered: bool) -> Iterator[str]:
    """Return the commands that follow; that of the export only if the verdict offers a member."""
    address = shlex.quote(folder)
    rest = ", write a report and export a model" if offered else " and write a report"
    yield f"To test members on test data{rest}:\n\n```"
    yield f"fairser replicate {address}"
    yield f"fairser report {address}"
    if offered:
        yield f"fairser export {address} --register"
    yield "```"
