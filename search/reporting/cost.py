"""What became of each trial, and what training cost."""

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
    """A time as people say it."""
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def trials_table(sources: Sequence[Source]) -> Table:
    """A row for each sweep and purpose: trials by how they ended, and what they trained."""
    shown, data = [], []
    for source in sources:
        trials = list(source.sweep.log.trials.values())
        for purpose, told in PURPOSES.items():
            own = [trial for trial in trials if trial.purpose == purpose]
            if not own:
                continue
            states = Counter(trial.state for trial in own)
            counts = [len(own)]
            counts += [states[state] for state in ("complete", "stopped", "failed", "running")]
            counts.append(sum(trial.trained for trial in own))
            shown.append([source.sweep.name, told, *map(str, counts), percent(share_of(own))])
            data.append([source.sweep.name, purpose, *counts, share_of(own)])
    counted = ["trials", "complete", "stopped early", "failed", "unfinished", "epochs × seeds"]
    columns = ["sweep", "trained for", *counted, "of whole trials"]
    return Table(
        "trials",
        "Trials by what they were for and how they ended. The last column is what they trained in "
        "proportion to what all of them would have taken to their last epoch: the rest is what "
        "stopping early saved.",
        columns,
        shown,
        pd.DataFrame(data, columns=columns),
    )


def share_of(trials: Sequence[TrialRecord]) -> float | None:
    """What trials trained, as a share of all of them trained whole."""
    whole = sum(trial.limit * len(trial.seeds) for trial in trials)
    return sum(trial.trained for trial in trials) / whole if whole else None


def cost_table(sources: Sequence[Source]) -> Table:
    """What each sweep cost."""
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
        "What the searches cost, without their baselines: epochs, each counted once a seed, and "
        "how many more were trained a second time after an interruption; the time that trials "
        "trained, added up; and the time that the sweep ran until its last trial ended.",
        columns,
        shown,
        pd.DataFrame(data, columns=[*columns[:4], "training seconds", "wall seconds"]),
    )


def failures(source: Source) -> list[str]:
    """Why trials failed, each reason once, in sentences."""
    failed = [trial for trial in source.sweep.log.trials.values() if trial.state == "failed"]
    reasons: dict[str, list[int]] = {}
    for trial in failed:
        reasons.setdefault(trial.reason or "for no known reason", []).append(trial.number)
    return [
        f"{plural(len(numbers), 'trial')} failed ({', '.join(map(str, numbers))}): {reason}"
        for reason, numbers in reasons.items()
    ]
