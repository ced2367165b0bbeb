"""A model card: what a bundle is, its data, its metrics, whether it was tested, and its limits."""

from collections.abc import Iterator, Mapping

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor.bundle import Bundle
from search.front.names import BASELINE, plural
from search.handover.card_facts import CardFacts, MemberResults
from search.presentation.markup import code, escape
from search.presentation.wording import better, number, sentence_case
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
    facts, words = CardFacts.of(bundle), TASKS[bundle.task_name].card(bundle)
    lines = [
        *_head(bundle, facts, words),
        *_data(facts),
        *_metrics(bundle, facts, words),
        *_tests(facts, words),
        *_rest(bundle, facts, words),
    ]
    return "\n".join(lines) + "\n"


def _head(bundle: Bundle, facts: CardFacts, words: Card) -> Iterator[str]:
    yield f"# {escape(facts.sweep)}, {escape(facts.member)}\n"
    if facts.verdict:
        yield f"**{escape(sentence_case(facts.verdict))}**\n"
    yield f"This model {words.prediction} {words.groups}\n"
    yield f"```\npython -m fairser_core.predictor . {words.example}\n```\n"
    yield (
        f"It is candidate {escape(facts.member)} (`trial@epoch`) of the fairser sweep "
        f"{escape(facts.sweep)}, method `{bundle.method_name}`, picked as {code(facts.picked)}. "
        f"{_seed_text(facts)}\n"
    )


def _seed_text(facts: CardFacts) -> str:
    """Return which of a candidate's seeds the model is, and why."""
    if len(facts.seeds) == 1:
        return f"It has one seed, {facts.seed}, of trial {facts.trial}."
    return (
        f"Of its {len(facts.seeds)} seeds it is seed {facts.seed}, of trial {facts.trial}: the one "
        "whose objectives are nearest to the mean over all, which the front shows."
    )


def _data(facts: CardFacts) -> Iterator[str]:
    corpus = facts.corpus
    yield "## Data\n"
    yield f"Corpus {escape(corpus.name)}, fingerprint {code(corpus.fingerprint)}."
    yield from (escape(f"{sentence_case(note)}.") for note in corpus.notes)
    yield "\n| utterances | |\n|---|---|"
    yield from (f"| {escape(name)} | {count} |" for name, count in corpus.utterances.items())
    yield ""


def _metrics(bundle: Bundle, facts: CardFacts, words: Card) -> Iterator[str]:
    yield "## Metrics\n"
    yield (
        f"On the validation utterances, by this very bundle from their {words.source}; equal to "
        "what the search logged. In brackets 95 % intervals over speakers, had others been "
        "recorded (jackknife, Student's t); with fewer than five speakers in a group there is "
        "none. Further seeds would differ as well. An absolute gap is above 0 by chance alone: in "
        "parentheses is its mean with the groups given by chance. The baseline learned without "
        f"de-biasing; {BASELINE}@epoch is its own epoch by the rule that picked this model.\n"
    )
    yield (
        f"| | this model | its seeds' mean | fresh seeds | {escape(facts.baseline)} | |\n"
        "|---|---|---|---|---|---|"
    )
    for name, metric in bundle.metrics.items():
        if name not in DIRECTIONS:  # a metric of a single emotion or target
            continue
        means = (facts.member_means, facts.fresh_means, facts.baseline_means)
        others = (_plain(each.get(name)) for each in means)
        cells = [_interval(metric), *others, better(name)]
        yield f"| {_metric(name, words.people)} | {' | '.join(cells)} |"
    single = any(name not in DIRECTIONS for name in bundle.metrics)
    yield f"\nMetrics of single {words.single} are in `bundle.json`.\n" if single else ""


def _interval(metric: Mapping[str, float | None]) -> str:
    text = _plain(metric["value"])
    if metric.get("chance") is not None:  # earlier versions gave a gap an interval
        return f"{text} ({metric['chance']:.3f})"
    return text + _ends(metric["low"], metric["high"])


def _ends(low: float | None, high: float | None, sign: str = "") -> str:
    return "" if low is None or high is None else f" [{low:{sign}.3f}, {high:{sign}.3f}]"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _metric(name: str, people: Mapping[str, str]) -> str:
    """Return a metric's name, and its group in words."""
    group = name.rpartition("_")[2]
    return f"`{name}`" + (f" ({people[group]})" if group in people else "")


def _tests(facts: CardFacts, words: Card) -> Iterator[str]:
    """Yield whether the member was tested; nothing where an earlier version made the bundle."""
    if facts.tests is None:
        return
    yield "## Tested\n"
    if not facts.tests:
        yield f"When this bundle was made, {facts.member} had not been tested on {words.tested}.\n"
        return
    each = (f"on {escape(time)} with {plural(seeds, 'seed')}" for time, seeds in facts.tests)
    yield (
        f"{escape(facts.member)} was trained again with fresh seeds, and these models were "
        f"tested on {words.tested}: {', '.join(each)}. This model was not among them.\n"
    )
    if facts.results:
        yield from _results(facts.results, words)


def _results(results: MemberResults, words: Card) -> Iterator[str]:
    """Yield the table of test results, each group's own figures among them, and the notes."""
    shown = {name: row for name, row in results.metrics.items() if row["mean"] is not None}
    if shown:
        yield (
            "Means over seeds on test data, in brackets 95 % intervals over speakers and seeds, in "
            "parentheses the level of an absolute gap by chance.\n"
        )
        yield f"| | {words.tested} | {escape(results.baseline or BASELINE)} | difference | |"
        yield "|---|---|---|---|---|"
    for name, row in shown.items():
        chance = "" if row["chance"] is None else f" ({row['chance']:.3f})"
        mean = f"{_plain(row['mean'])}{chance}{_ends(row['low'], row['high'])}"
        difference = "-" if row["difference"] is None else f"{row['difference']:+.3f}"
        difference += _ends(row["difference_low"], row["difference_high"], "+")
        cells = (mean, _plain(row["baseline"]), difference, better(name))
        yield f"| {_metric(name, words.people)} | {' | '.join(cells)} |"
    if shown:
        yield ""
    yield from (f"{escape(note)}\n" for note in results.notes)


def _rest(bundle: Bundle, facts: CardFacts, words: Card) -> Iterator[str]:
    yield "## Limits\n"
    yield from (f"- {sentence}" for sentence in (*words.limits, *ALWAYS))
    yield "\n## Settings and versions\n"
    settings = vars(bundle.method).items()
    yield ", ".join(f"`{key}` {number(value)}" for key, value in settings) + ".\n"
    yield ", ".join(escape(f"{name} {text}") for name, text in facts.versions.items()) + "."
    if facts.revision:
        yield f"Trained by revision {code(facts.revision)}."
