"""A model card: what a bundle is, what it learned from, what it does, and what it is not for."""

from collections.abc import Iterator, Mapping

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor.bundle import Bundle
from search.presentation.wording import better, number
from search.tasks.tasks import TASKS
from search.tasks.words import Card

ALWAYS = (
    "The validation utterances chose this model among many, so figures on them are rather too "
    "good; what fresh seeds gave stands beside them, where they were trained. The corpus' test "
    "data were never read.",
    "Nothing is known of other languages, microphones, rooms, ages or ways of speaking than those "
    "of the corpus. A small gap there is no promise of a small gap elsewhere: measure on your own "
    "speech before you rely on it.",
    "Ratings are what listeners heard, not what speakers felt. Do not decide about a person by it.",
)


def card(bundle: Bundle) -> str:
    """The card as Markdown, made of what stands in the bundle alone."""
    return "\n".join([*_head(bundle), *_data(bundle), *_measured(bundle), *_rest(bundle)]) + "\n"


def _words(bundle: Bundle) -> Card:
    return TASKS[bundle.task_name].card(bundle)


def _head(bundle: Bundle) -> Iterator[str]:
    about, words = bundle.provenance, _words(bundle)
    yield f"# {about['sweep']}, {about['member']}\n"
    yield f"This model {words.prediction} {words.groups}\n"
    yield f"```\npython -m fairser_core.predictor . {words.example}\n```\n"
    yield (
        f"It is checkpoint {about['member']} (`trial@epoch`) of the fairser sweep "
        f"{about['sweep']}, method `{bundle.method_name}`, picked as `{about['picked']}`. Of its "
        f"{len(about['seeds'])} seeds it is seed {about['seed']}, of trial {about['trial']}: the "
        "one whose objectives are nearest to the mean over all, which is what the front shows.\n"
    )


def _data(bundle: Bundle) -> Iterator[str]:
    corpus = bundle.provenance["corpus"]
    yield "## Data\n"
    yield f"Corpus {corpus['name']}, fingerprint `{corpus['fingerprint']}`."
    yield from (f"{note[:1].upper()}{note[1:]}." for note in corpus["notes"])
    yield "\n| utterances | |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in corpus["utterances"].items())
    yield ""


def _measured(bundle: Bundle) -> Iterator[str]:
    about, people = bundle.provenance, _words(bundle).people
    yield "## Measured\n"
    yield (
        "On the validation utterances, by this very bundle from their files; equal to what the "
        "search logged. In brackets 95 % bootstrap intervals over utterances, which take those of "
        "one speaker as independent and so are rather too narrow; a gap is a size and never "
        "negative, so where it is small its interval lies rather too high.\n"
    )
    yield "| | this model | its seeds' mean | fresh seeds | baseline | |\n|---|---|---|---|---|---|"
    for name, found in bundle.metrics.items():
        if name not in DIRECTIONS:  # an emotion's own
            continue
        others = (about[key].get(name) for key in ("member_means", "fresh_means", "baseline_means"))
        cells = [_interval(found), *map(_plain, others), better(name)]
        yield f"| {_metric(name, people)} | {' | '.join(cells)} |"
    own = any(name not in DIRECTIONS for name in bundle.metrics)
    yield "\nEach emotion's own figures stand in `bundle.json`.\n" if own else ""


def _interval(found: Mapping[str, float | None]) -> str:
    text = _plain(found["value"])
    return text + (
        f" [{found['low']:.3f}, {found['high']:.3f}]" if found["low"] is not None else ""
    )


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _metric(name: str, people: Mapping[str, str]) -> str:
    """A metric's name, and the group it is of in words."""
    group = name.rpartition("_")[2]
    return f"`{name}`" + (f" ({people[group]})" if group in people else "")


def _rest(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Limits\n"
    yield from (f"- {sentence}" for sentence in (*_words(bundle).limits, *ALWAYS))
    yield "\n## Made with\n"
    settings = vars(bundle.method).items()
    yield ", ".join(f"`{key}` {number(value)}" for key, value in settings) + ".\n"
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + "."
    git = about["git"]
    if git:
        yield f"Trained by revision `{git['revision']}`{' with changes' if git['dirty'] else ''}."
