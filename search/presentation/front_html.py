"""Page of a front that needs no network and no library, in light and dark, and on a phone."""

from pathlib import Path

from markupsafe import Markup

from fairser_core.metrics.tables import metric_of
from search.front.front import Front
from search.presentation.figure_data import figure_data
from search.presentation.front_caption import front_caption
from search.presentation.front_figure import front_figure
from search.presentation.front_layout import plane
from search.presentation.html_page import PROGRAM, STYLE, environment, policy, script_json
from search.presentation.wording import better, chance_sentence, sentence_case
from search.terminal.terms import TERMS

_HERE = Path(__file__).parent
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

    The figure is that of the report.
    """
    picture = plane(front)
    metrics = [*front.objectives, *(floor.metric for floor in front.floors)]
    notes = filter(None, (picture.subtitle, chance_sentence(front)))
    page = environment(_HERE).get_template("front.html.j2")
    return page.render(
        title=title,
        notes=[f"{sentence_case(text)}." for text in notes],
        caption=front_caption(front, title),
        terms={
            **{word: TERMS[word] for word in _TERMS},
            **{name: _meaning(name) for name in metrics},
        },
        figure=script_json(figure_data(front_figure(front, sure=True, names=True))),
        style=STYLE,
        program=Markup(PROGRAM),
        policy=policy(),
    )


def _meaning(name: str) -> str:
    metric = metric_of(name)
    low, high = metric.range
    return f"{metric.explanation}; {low:g} to {high:g}; {better(name)}"
