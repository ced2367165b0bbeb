"""A model card: what a bundle is, its data, its metrics, whether it was tested, and its limits."""

from collections.abc import Iterator, Mapping

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor.bundle import Bundle
from search.front.names import plural
from search.presentation.wording import better, number
from search.tasks.tasks import TASKS
from search.tasks.words import Card

ALWAYS = (
    "The validation utterances chose this model among many, so figures on them are rather too "
    "good. Those of fresh seeds stand beside them, where they were trained.",
    "Nothing is known of other languages, microphones, rooms, ages or ways of speaking than those "
    "of the corpus. A small gap there is no promise of a small gap elsewhere: measure on your own "
    "speech before you rely on it.",
    "Ratings are the perception of listeners, not the feelings of speakers. Do not decide about a "
    "person by them.",
)


def card(bundle: Bundle) -> str:
    """Return the card as Markdown, made of the bundle alone."""
    sections = (_head, _data, _metrics, _tested, _rest)
    return "\n".join(line for section in sections for line in section(bundle)) + "\n"


def _words(bundle: Bundle) -> Card:
    return TASKS[bundle.task_name].card(bundle)


def _head(bundle: Bundle) -> Iterator[str]:
    about, words = bundle.provenance, _words(bundle)
    yield f"# {about['sweep']}, {about['member']}\n"
    yield f"This model {words.prediction} {words.groups}\n"
    yield f"```\npython -m fairser_core.predictor . {words.example}\n```\n"
    yield (
        f"It is candidate {about['member']} (`trial@epoch`) of the fairser sweep "
        f"{about['sweep']}, method `{bundle.method_name}`, picked as `{about['picked']}`. Of its "
        f"{len(about['seeds'])} seeds it is seed {about['seed']}, of trial {about['trial']}: the "
        "one whose objectives are nearest to the mean over all, which the front shows.\n"
    )


def _data(bundle: Bundle) -> Iterator[str]:
    corpus = bundle.provenance["corpus"]
    yield "## Data\n"
    yield f"Corpus {corpus['name']}, fingerprint `{corpus['fingerprint']}`."
    yield from (f"{note[:1].upper()}{note[1:]}." for note in corpus["notes"])
    yield "\n| utterances | |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in corpus["utterances"].items())
    yield ""


def _metrics(bundle: Bundle) -> Iterator[str]:
    about, people = bundle.provenance, _words(bundle).people
    yield "## Metrics\n"
    yield (
        "On the validation utterances, by this very bundle from their files; equal to what the "
        "search logged. In brackets 95 % intervals over speakers, had others been recorded "
        "(jackknife, Student's t); with fewer than five speakers in a group there is none. "
        "Further seeds would differ as well. An absolute gap is above 0 by chance alone: in "
        "parentheses is its mean with the groups given by chance.\n"
    )
    yield "| | this model | its seeds' mean | fresh seeds | baseline | |\n|---|---|---|---|---|---|"
    for name, metric in bundle.metrics.items():
        if name not in DIRECTIONS:  # a metric of a single emotion
            continue
        others = (about[key].get(name) for key in ("member_means", "fresh_means", "baseline_means"))
        cells = [_interval(metric), *map(_plain, others), better(name)]
        yield f"| {_metric(name, people)} | {' | '.join(cells)} |"
    of_emotions = any(name not in DIRECTIONS for name in bundle.metrics)
    yield "\nMetrics of single emotions are in `bundle.json`.\n" if of_emotions else ""


def _interval(metric: Mapping[str, float | None]) -> str:
    text = _plain(metric["value"])
    if metric.get("chance") is not None:  # earlier versions gave a gap an interval
        return f"{text} ({metric['chance']:.3f})"
    if metric["low"] is None or metric["high"] is None:
        return text
    return f"{text} [{metric['low']:.3f}, {metric['high']:.3f}]"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _metric(name: str, people: Mapping[str, str]) -> str:
    """Return a metric's name, and its group in words."""
    group = name.rpartition("_")[2]
    return f"`{name}`" + (f" ({people[group]})" if group in people else "")


def _tested(bundle: Bundle) -> Iterator[str]:
    """Yield whether the member was tested; nothing where an earlier version made the bundle."""
    about, data = bundle.provenance, _words(bundle).tested
    if "tests" not in about:
        return
    yield "## Tested\n"
    if not about["tests"]:
        yield f"When this bundle was made, {about['member']} had not been tested on {data}.\n"
        return
    each = (f"on {test['time']} with {plural(test['seeds'], 'seed')}" for test in about["tests"])
    yield (
        f"{about['member']} was trained again with fresh seeds, and these models were tested on "
        f"{data}: {', '.join(each)}. This model was not among them.\n"
    )


def _rest(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Limits\n"
    yield from (f"- {sentence}" for sentence in (*_words(bundle).limits, *ALWAYS))
    yield "\n## Settings and versions\n"
    settings = vars(bundle.method).items()
    yield ", ".join(f"`{key}` {number(value)}" for key, value in settings) + ".\n"
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + "."
    git = about["git"]
    if git:
        yield f"Trained by revision `{git['revision']}`{' with changes' if git['dirty'] else ''}."
