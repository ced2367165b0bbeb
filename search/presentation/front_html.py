"""Page of a front that needs no network and no library, in light and dark, and on a phone."""

import json
from pathlib import Path

from markupsafe import Markup

from fairser_core.metrics.tables import metric_of
from search.front.front import Front
from search.presentation.front_caption import front_caption
from search.presentation.front_figure import front_figure
from search.presentation.front_layout import plane
from search.presentation.front_view import view
from search.presentation.html_page import STYLE, environment, policy, script_json
from search.presentation.wording import better, chance_sentence
from search.terminal.terms import TERMS

_HERE = Path(__file__).parent
_PROGRAM = (_HERE / "front.js").read_text(encoding="utf-8")
_TERMS = (
    "configuration",
    "trial",
    "seed",
    "candidate",
    "front",
    "baseline",
    "floor",
    "hypervolume",
    "fresh seeds",
)


def front_html(front: Front, title: str) -> str:
    """Return the front as one HTML page; the same front gives the same bytes.

    The page draws the figure of the report by itself, and measures its names, so that none lies
    on another.
    """
    picture = plane(front)
    metrics = [*front.objectives, *(floor.metric for floor in front.floors)]
    notes = filter(None, (picture.subtitle, chance_sentence(front)))
    page = environment(_HERE).get_template("front.html.j2")
    return page.render(
        title=title,
        notes=[f"{text[:1].upper()}{text[1:]}." for text in notes],
        caption=front_caption(front, title),
        outside=view(picture).outside,
        terms={
            **{word: TERMS[word] for word in _TERMS},
            **{name: _meaning(name) for name in metrics},
        },
        figure=script_json(_drawn(front)),
        style=STYLE,
        front_style=Markup((_HERE / "front.css").read_text(encoding="utf-8")),
        program=Markup(_PROGRAM),
        policy=policy(_PROGRAM),
    )


def _meaning(name: str) -> str:
    metric = metric_of(name)
    low, high = metric.range
    return f"{metric.explanation}; {low:g} to {high:g}; {better(name)}"


def _drawn(front: Front) -> dict[str, object]:
    """Return traces and layout of the figure, without a template, and all members' names."""
    figure = front_figure(front, sure=True, names=True)
    content: dict[str, dict[str, object]] = json.loads(figure.to_json())
    content["layout"].pop("template", None)
    return {"data": content["data"], "layout": content["layout"]}
