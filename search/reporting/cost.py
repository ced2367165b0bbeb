"""Tables of trials by purpose and state, and of the costs of training."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from search.front.names import plural
from search.presentation.wording import percent
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source
from search.store.trials import Purpose, TrialRecord

PURPOSES: dict[Purpose, str] = {
    "search": "new values",
    "race": "more seeds",
    "check": "fresh seeds",
    "replicate": "replication",
}


def duration(seconds: float) -> str:
    """Return a duration in seconds, minutes or hours."""
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def trials_table(sources: Sequence[Source]) -> Table:
    """Return a table with a row per sweep and purpose: trials by state, and epochs trained."""
    shown, data = [], []
    for source in sources:
        log = source.sweep.log.trials.values()
        for purpose, words in PURPOSES.items():
            trials = [trial for trial in log if trial.purpose == purpose]
            if not trials:
                continue
            states, share = Counter(trial.state for trial in trials), share_of(trials)
            counts = [len(trials)]
            counts += [states[state] for state in ("complete", "stopped", "failed", "running")]
            counts.append(sum(trial.trained for trial in trials))
            shown.append([source.sweep.name, words, *map(str, counts), percent(share)])
            data.append([source.sweep.name, purpose, *counts, share])
    counted = ["trials", "complete", "stopped early", "failed", "unfinished", "epochs × seeds"]
    columns = ["sweep", "trained for", *counted, "of whole trials"]
    return Table(
        "trials",
        "Trials by purpose and state. The last column is the share of epochs trained: 100 % if "
        "every trial had reached its last epoch; stopping early saved the rest.",
        columns,
        shown,
        pd.DataFrame(data, columns=columns),
    )


def share_of(trials: Sequence[TrialRecord]) -> float | None:
    """Return the epochs trained as a share of those of the complete trials; None without any."""
    whole = sum(trial.limit * len(trial.seeds) for trial in trials)
    return sum(trial.trained for trial in trials) / whole if whole else None


def cost_table(sources: Sequence[Source]) -> Table:
    """Return a table of the costs of each sweep."""
    shown, data = [], []
    for source in sources:
        log = source.sweep.log
        trials = list(log.trials.values())
        epochs = sum(trial.trained for trial in trials)
        again = sum(trial.repeated * len(trial.seeds) for trial in trials)
        training = sum(epoch.seconds for trial in trials for epoch in trial.epochs)
        ran = log.ends[-1].seconds if log.ends else 0.0
        counts = [len(source.configurations), epochs, again]
        times = [duration(training), duration(ran)]
        shown.append([source.sweep.name, *map(str, counts), *times])
        data.append([source.sweep.name, *counts, training, ran])
    counted = ["configurations", "epochs × seeds", "trained again"]
    columns = ["sweep", *counted, "training", "wall time"]
    return Table(
        "cost",
        "Costs of the searches, without their baselines: epochs, summed over seeds; epochs trained "
        "a second time after an interruption; the sum of the trials' training times; and the time "
        "that the sweep ran until its last trial ended.",
        columns,
        shown,
        pd.DataFrame(data, columns=[*columns[:4], "training seconds", "wall seconds"]),
    )


def failures(source: Source) -> list[str]:
    """Return a sentence for each reason of failed trials."""
    failed = [trial for trial in source.sweep.log.trials.values() if trial.state == "failed"]
    reasons: dict[str, list[int]] = {}
    for trial in failed:
        reasons.setdefault(trial.reason or "for no known reason", []).append(trial.number)
    return [
        f"{plural(len(numbers), 'trial')} failed ({', '.join(map(str, numbers))}): {reason}"
        for reason, numbers in reasons.items()
    ]
