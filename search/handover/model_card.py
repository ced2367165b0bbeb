"""Model card of a bundle: its purpose, data, metrics and limits."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.specification import ActivationTask
from search.presentation.wording import better, number

GROUPS = {
    "activation": {"female": "women", "male": "men"},
    "emotion": {"female": "women's perception", "male": "men's perception"},
}

OF_TASK = {
    "activation": (
        "predicts **activation** (how excited a speaker sounds), which its corpus rates from "
        "{low:g} to {high:g}, and whether it is above {threshold:g}, the boundary of low and high.",
        "Groups are those of the **speaker's gender**.",
    ),
    "emotion": (
        "predicts which of {emotions} **raters perceive**: for each emotion the probability that "
        "the raters would agree on it, averaged over detectors of {sessions} folds, and the most "
        "probable emotion.{perspectives}",
        "Groups are those of the **raters' gender**.",
    ),
}
LIMITS = {
    "emotion": (
        "Gender is treated as binary, as in the paper and in the labels: the perception of raters "
        "of another gender is unknown.",
        "Features are normalised over each speaker's recordings, so several recordings of a "
        "speaker are needed at once: name speakers in a column `speaker`. Recordings without a "
        "speaker count as one speaker's, which is right only if they are. The prediction for a "
        "recording depends on the other recordings.",
        "The metrics are those of each detector alone, on the session that chose its epoch. The "
        "predicted mean over folds could not be measured, because every session is training data "
        "of some folds.",
        "Any other emotion is mistaken for one of those named.",
    ),
    "activation": (
        "Gender is treated as binary, as in the paper and in the labels: the metrics for speakers "
        "of another gender are unknown.",
        "A prediction is a mean over windows: a single sentence of a long recording hardly "
        "changes it.",
    ),
}
ALWAYS = (
    "The validation utterances chose this model among many, so metrics on them are optimistic. "
    "The metrics of fresh seeds stand beside them, if fresh seeds were trained. The corpus' test "
    "data were never read.",
    "Nothing is known about languages, microphones, rooms, ages or ways of speaking other than "
    "those of the corpus. A small gap there does not imply a small gap elsewhere: measure the "
    "model on your own speech before you rely on it.",
    "Ratings are what listeners perceived, not what speakers felt. Do not base decisions about a "
    "person on these predictions.",
)


def card(bundle: Bundle) -> str:
    """Return the model card of a bundle as Markdown, from the bundle's content alone."""
    return "\n".join([*_head(bundle), *_data(bundle), *_metrics(bundle), *_rest(bundle)]) + "\n"


def _head(bundle: Bundle) -> Iterator[str]:
    about, task = bundle.provenance, bundle.task_name
    what, groups = OF_TASK[task]
    yield f"# {about['sweep']}, {about['member']}\n"
    yield f"This model {what.format(**_words_of(bundle))} {groups}\n"
    yield f"```\npython -m fairser_core.predictor . {_example(bundle)}\n```\n"
    yield (
        f"The model is candidate {about['member']} (`trial@epoch`) of the fairser sweep "
        f"{about['sweep']}, method `{bundle.method_name}`, picked as `{about['picked']}`. Of the "
        f"candidate's {len(about['seeds'])} seeds it is seed {about['seed']}, of trial "
        f"{about['trial']}: the seed whose objectives are nearest to the mean over all seeds, "
        "which the front shows.\n"
    )


def _example(bundle: Bundle) -> str:
    """Return a file to predict; without settings of features, the corpus has its own features."""
    if bundle.task_name == "emotion":
        return "table.csv"  # with the speakers
    return "recording.wav" if bundle.features else "features.npy"


def _words_of(bundle: Bundle) -> dict[str, Any]:
    """Return the values of the placeholders in a task's sentence."""
    task = bundle.task
    if isinstance(task, ActivationTask):
        return {"low": task.scale[0], "high": task.scale[1], "threshold": task.problem.threshold}
    perspectives = isinstance(bundle.method, EmotionMethod) and bundle.method.graded_by_perspectives
    return {
        "emotions": ", ".join(task.emotions),
        "sessions": len(task.sessions),
        "perspectives": " `--perspective female` or `male` predicts the perception of the women "
        "or the men among the raters." * perspectives,
    }


def _data(bundle: Bundle) -> Iterator[str]:
    corpus = bundle.provenance["corpus"]
    yield "## Data\n"
    yield f"Corpus {corpus['name']}, fingerprint `{corpus['fingerprint']}`."
    yield from (f"{note[:1].upper()}{note[1:]}." for note in corpus["notes"])
    yield "\n| utterances | |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in corpus["utterances"].items())
    yield ""


def _metrics(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Metrics\n"
    yield (
        "Measured with this bundle on the files of the validation utterances, and equal to the "
        "metrics that the search logged. In brackets: 95 % bootstrap intervals over utterances. "
        "These treat utterances of one speaker as independent, so they are somewhat too narrow. A "
        "gap is an absolute value and never negative, so the interval of a small gap lies "
        "somewhat too high.\n"
    )
    yield "| | this model | its seeds' mean | fresh seeds | baseline | |\n|---|---|---|---|---|---|"
    for name, metric in bundle.metrics.items():
        if name not in DIRECTIONS:  # a metric of a single emotion
            continue
        others = (about[key].get(name) for key in ("member_means", "fresh_means", "baseline_means"))
        cells = [_interval(metric), *map(_plain, others), better(name)]
        yield f"| {_words(name, bundle.task_name)} | {' | '.join(cells)} |"
    of_emotions = any(name not in DIRECTIONS for name in bundle.metrics)
    yield "\nMetrics of single emotions are in `bundle.json`.\n" if of_emotions else ""


def _interval(metric: Mapping[str, float | None]) -> str:
    text = _plain(metric["value"])
    return text + (
        f" [{metric['low']:.3f}, {metric['high']:.3f}]" if metric["low"] is not None else ""
    )


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _words(name: str, task: str) -> str:
    """Return a metric's name with its group in words."""
    group = name.rpartition("_")[2]
    return f"`{name}`" + (f" ({GROUPS[task][group]})" if group in GROUPS[task] else "")


def _rest(bundle: Bundle) -> Iterator[str]:
    about = bundle.provenance
    yield "## Limits\n"
    yield from (f"- {sentence}" for sentence in (*LIMITS[bundle.task_name], *ALWAYS))
    yield "\n## Settings and versions\n"
    settings = vars(bundle.method).items()
    yield ", ".join(f"`{key}` {number(value)}" for key, value in settings) + ".\n"
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + "."
    git = about["git"]
    if git:
        yield f"Trained by revision `{git['revision']}`{' with changes' if git['dirty'] else ''}."
