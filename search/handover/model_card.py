"""A model card: what a bundle is, what it learned from, what it does, and what it is not for."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.specification import ActivationTask
from search.presentation.wording import better, number

GROUPS = {
    "activation": {"female": "women", "male": "men"},
    "emotion": {"female": "what women hear", "male": "what men hear"},
}

OF_TASK = {
    "activation": (
        "predicts **activation** (how excited a speaker sounds), which its corpus rates from "
        "{low:g} to {high:g}, and whether it is above {threshold:g}, the boundary of low and high.",
        "Groups are those of the **speaker's gender**.",
    ),
    "emotion": (
        "tells which of {emotions} **raters hear**: for each the probability that they would agree "
        "on it, a mean over detectors of {sessions} folds, and the likeliest.{perspectives}",
        "Groups are those of the **raters' gender**.",
    ),
}
LIMITS = {
    "emotion": (
        "Gender is treated as binary, as in the paper and in the labels: what raters hear who are "
        "neither was not asked.",
        "Features are normalised over each speaker's recordings, so several of a speaker are "
        "needed at once: name speakers in a column `speaker`. Recordings without one count as one "
        "speaker's, which fits only if they are. What is said of a recording depends on the "
        "others.",
        "Measured is each detector by itself, in the session that chose its epoch; the mean over "
        "folds that is predicted is measured nowhere, for all sessions taught some of the folds.",
        "Emotions that were not among those named are taken for one of them.",
    ),
    "activation": (
        "Gender is treated as binary, as in the paper and in the labels: what the model does for "
        "speakers who are neither was not measured.",
        "A prediction is a mean over windows; what stands in one sentence of a long recording is "
        "averaged out.",
    ),
}
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


def _head(bundle: Bundle) -> Iterator[str]:
    about, task = bundle.provenance, bundle.task_name
    what, groups = OF_TASK[task]
    yield f"# {about['sweep']}, {about['member']}\n"
    yield f"This model {what.format(**_words_of(bundle))} {groups}\n"
    yield f"```\npython -m fairser_core.predictor . {_example(bundle)}\n```\n"
    yield (
        f"It is checkpoint {about['member']} (`trial@epoch`) of the fairser sweep "
        f"{about['sweep']}, method `{bundle.method_name}`, picked as `{about['picked']}`. Of its "
        f"{len(about['seeds'])} seeds it is seed {about['seed']}, of trial {about['trial']}: the "
        "one whose objectives are nearest to the mean over all, which is what the front shows.\n"
    )


def _example(bundle: Bundle) -> str:
    """What to predict of; without settings of features the corpus brought its own."""
    if bundle.task_name == "emotion":
        return "table.csv"  # with the speakers
    return "recording.wav" if bundle.features else "features.npy"


def _words_of(bundle: Bundle) -> dict[str, Any]:
    """What a task's sentence names."""
    task = bundle.task
    if isinstance(task, ActivationTask):
        return {"low": task.scale[0], "high": task.scale[1], "threshold": task.problem.threshold}
    views = isinstance(bundle.method, EmotionMethod) and bundle.method.graded_by_perspectives
    return {
        "emotions": ", ".join(task.emotions),
        "sessions": len(task.sessions),
        "perspectives": " `--perspective female` or `male` hears as the women or the men among "
        "the raters do." * views,
    }


def _data(bundle: Bundle) -> Iterator[str]:
    corpus = bundle.provenance["corpus"]
    yield "## Data\n"
    yield f"Corpus {corpus['name']}, fingerprint `{corpus['fingerprint']}`."
    yield from (f"{note[:1].upper()}{note[1:]}." for note in corpus["notes"])
    yield "\n| utterances | |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in corpus["utterances"].items())
    yield ""


def _measured(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Measured\n"
    yield (
        "On the validation utterances, by this very bundle from their files; equal to what the "
        "search logged. In brackets 95 % intervals over speakers, had others been recorded "
        "(jackknife, Student's t); with fewer than five speakers in a group there is none. "
        "Further seeds would differ as well. An absolute gap is above 0 by chance alone: in "
        "parentheses is its mean with the groups given by chance.\n"
    )
    yield "| | this model | its seeds' mean | fresh seeds | baseline | |\n|---|---|---|---|---|---|"
    for name, found in bundle.metrics.items():
        if name not in DIRECTIONS:  # an emotion's own
            continue
        others = (about[key].get(name) for key in ("member_means", "fresh_means", "baseline_means"))
        cells = [_interval(found), *map(_plain, others), better(name)]
        yield f"| {_words(name, bundle.task_name)} | {' | '.join(cells)} |"
    own = any(name not in DIRECTIONS for name in bundle.metrics)
    yield "\nEach emotion's own figures stand in `bundle.json`.\n" if own else ""


def _interval(found: Mapping[str, float | None]) -> str:
    text = _plain(found["value"])
    if found.get("chance") is not None:  # earlier versions gave a gap an interval
        return f"{text} ({found['chance']:.3f})"
    if found["low"] is None or found["high"] is None:
        return text
    return f"{text} [{found['low']:.3f}, {found['high']:.3f}]"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _words(name: str, task: str) -> str:
    """A metric's name, and the group it is of in words."""
    group = name.rpartition("_")[2]
    return f"`{name}`" + (f" ({GROUPS[task][group]})" if group in GROUPS[task] else "")


def _rest(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Limits\n"
    yield from (f"- {sentence}" for sentence in (*LIMITS[bundle.task_name], *ALWAYS))
    yield "\n## Made with\n"
    settings = vars(bundle.method).items()
    yield ", ".join(f"`{key}` {number(value)}" for key, value in settings) + ".\n"
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + "."
    git = about["git"]
    if git:
        yield f"Trained by revision `{git['revision']}`{' with changes' if git['dirty'] else ''}."
