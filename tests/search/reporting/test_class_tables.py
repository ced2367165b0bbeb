import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from search.replication.systems import System
from search.reporting.class_tables import (
    class_table,
    confusion,
    confusion_table,
    of_seeds,
    reliability_figure,
)

CLASSES = ["anger", "neutral", "sadness"]
GROUPS = ["Irish", "Scots"]


@pytest.fixture
def system() -> System:
    """Two seeds' predictions of utterances of two groups; a third seed diverged."""
    rng = np.random.default_rng(0)
    rows = 120
    table = {
        "utterance": [f"u{n}" for n in range(rows)],
        "speaker": [f"s{n % 12}" for n in range(rows)],
        "group": [GROUPS[n % 12 // 8] for n in range(rows)],
        "judged": json.dumps(GROUPS),
        "truth": rng.choice(CLASSES, rows),
    }
    for seed in (3, 13):
        scores = rng.random((rows, 3)) + (np.array(table["truth"])[:, None] == CLASSES)
        probability = scores / scores.sum(axis=1, keepdims=True)
        table |= {f"{name}-{seed}": probability[:, n] for n, name in enumerate(CLASSES)}
    table |= {f"{name}-7": np.full(rows, np.nan) for name in CLASSES}
    return System("knee", [3, 7, 13], 0, {}, pd.DataFrame(table))


def guesses(system: System, seed: int) -> pd.Series:
    columns = [f"{name}-{seed}" for name in CLASSES]
    names = dict(zip(columns, CLASSES, strict=True))
    return system.predictions[columns].idxmax(axis=1).map(names)


def test_classes_by_group_are_sklearns_means_over_seeds(system: System) -> None:
    seeds = of_seeds(system)
    assert len(seeds) == 2  # the one that diverged has none
    by_group = [confusion(each, 2) for each in seeds]
    table = class_table("classes", "knee", CLASSES, GROUPS, by_group)
    data = table.data.set_index(["class", "group"])
    for group in GROUPS:
        rows = system.predictions["group"] == group
        truth = system.predictions["truth"][rows]
        for name, score in (
            ("recall", recall_score),
            ("precision", precision_score),
            ("F1", f1_score),
        ):
            each = [score(truth, guesses(system, s)[rows], average=None) for s in (3, 13)]
            expected = np.mean(each, axis=0)
            np.testing.assert_allclose([data.loc[(c, group), name] for c in CLASSES], expected)
    assert table.columns == ["class", *GROUPS]
    assert table.rows[0][0] == "anger"
    assert f"({int(data.loc[('anger', 'Irish'), 'utterances'])})" in table.rows[0][1]


def test_confusion_is_the_share_of_each_prediction(system: System) -> None:
    by_group = [confusion(each, 2) for each in of_seeds(system)]
    table = confusion_table("confusion", "knee", CLASSES, GROUPS, by_group)
    rows = system.predictions["group"] == "Scots"
    truth = system.predictions["truth"][rows]
    each = [confusion_matrix(truth, guesses(system, s)[rows], labels=CLASSES) for s in (3, 13)]
    expected = np.mean(each, axis=0)
    expected = expected / expected.sum(axis=1, keepdims=True)
    scots = table.data[table.data["group"] == "Scots"]
    np.testing.assert_allclose(scots[CLASSES].to_numpy(float), expected)
    assert [row[0] for row in table.rows] == [f"{g}, {c}" for g in GROUPS for c in CLASSES]


def test_reliability_has_a_curve_a_group_with_its_error(system: System) -> None:
    figure = reliability_figure("reliability", "knee", GROUPS, of_seeds(system)).figure
    names = [trace.name for trace in figure.data[1:]]
    assert [name.partition(":")[0] for name in names] == GROUPS
    assert all(len(trace.x) == 10 for trace in figure.data[1:])


def test_a_class_that_a_group_lacks_has_a_dash(system: System) -> None:
    table = system.predictions
    lacks = ~((table["group"] == "Scots") & (table["truth"] == "anger"))
    few = System("knee", [3], 0, {}, table[lacks].reset_index(drop=True))
    by_group = [confusion(each, 2) for each in of_seeds(few)]
    assert class_table("c", "knee", CLASSES, GROUPS, by_group).rows[0][2].startswith("- / ")
    assert confusion_table("c", "knee", CLASSES, GROUPS, by_group).rows[3][1:] == ["-"] * 3
