"""Models that always answer the same: equal between groups, and of no use."""

from collections.abc import Mapping, Sequence

from fairser_core.metrics.metric import metric_key
from search.tasks.counts import PEOPLE

LEVELS = ("low", "high")


def constant_levels(metrics: Mapping[str, float], groups: Sequence[str]) -> list[str]:
    """Return the levels of activation that a model never predicts, in words.

    Args:
        metrics: means over seeds; a mean recall of 0 is 0 with each seed.
        groups: names of the groups.
    """
    texts = []
    for level in LEVELS:
        names = {group: f"recall_{level}_{metric_key(group)}" for group in groups}
        blind = [PEOPLE.get(g, g) for g, name in names.items() if metrics.get(name) == 0]
        if blind and len(blind) == len(groups):
            texts.append(f"nobody is predicted {level}")
        elif blind:
            texts.append(f"no {' or '.join(blind)} are predicted {level}")
    return texts


def constant_detectors(metrics: Mapping[str, float], emotions: Sequence[str]) -> list[str]:
    """Return the emotions whose detectors never fire, or always, in words.

    Of a detector that never fires the F1 of detecting is 0. Of one that always fires the F1 of not
    detecting is, so that the mean of both is half of the other.

    Args:
        metrics: means over seeds, of single emotions too (`<metric>_<emotion>`).
        emotions: emotions with a detector.
    """
    texts = []
    for emotion in emotions:
        positive = metrics.get(f"f1_positive_all_{emotion}")
        if positive == 0:
            texts.append(f"{emotion} is never detected")
        elif positive is not None and metrics.get(f"f1_macro_all_{emotion}") == positive / 2:
            texts.append(f"{emotion} is always detected")
    return texts
