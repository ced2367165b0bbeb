import json
from pathlib import Path

import plotly.io
import pytest

from search.reporting.blocks import Figure, Table, Words
from search.reporting.chapters import test_results as tested
from search.reporting.sweep_source import Source
from search.tasks.words import ReportPart
from tests.support.replication_tests import (
    activation_predictions,
    add_test,
    emotion_predictions,
    representation,
    source_of,
    sweep_of,
)

SEEDS = [750, 751]


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Two sweeps of activation and one of emotions, tested; and one that is not replicated."""
    base = sweep_of(tmp_path, "base", "baseline")
    add_test(base, "baseline", activation_predictions(SEEDS, 0.3), SEEDS)
    result = []
    for name in ("adversarial", "nonadversarial"):
        sweep = sweep_of(tmp_path, name, name)
        add_test(sweep, "1@2", activation_predictions(SEEDS, 0.4), SEEDS)
        result.append(source_of(sweep, base))
    detectors = sweep_of(tmp_path, "fairrep", "fairrep", corpus="heard")
    predictions = emotion_predictions([750])
    add_test(detectors, "1@2", predictions, [750], representation(predictions, 1.0))
    row = {"low": 0.4, "high": 0.6, "share": 0.5, "agreeing": 5, "utterances": 10, "tied": 0}
    agreement = [
        {"data": data, "emotion": "anger", "gender": gender, **row}
        for data in ("all", "S2")
        for gender in ("female", "male")
    ]
    record = {"sizes": [], "notes": [], "sentences": [], "agreement": agreement}
    detectors.folder.write("corpus.json", json.dumps(record).encode())
    return [*result, source_of(detectors), source_of(sweep_of(tmp_path, "idle"))]


def test_the_chapters_of_several_sweeps_of_both_tasks(sources: list[Source]) -> None:
    chapters = tested.tested_chapters([*sources, sources[0]])
    assert [chapter.title for chapter in chapters] == [
        "Activation: test data of toy",
        "Emotions: test data of heard",
        "Gender in the representations: heard",
        "How women and men among the raters perceive",
    ]
    blocks = [block for chapter in chapters for block in chapter.blocks]
    named = [block for block in blocks if not isinstance(block, Words)]
    assert len({block.name for block in named}) == len(named)
    tables = [block for block in blocks if isinstance(block, Table)]
    assert [table.name for table in tables] == [
        "tested-activation-systems", "tested-activation-main", "tested-activation-groups",
        "tested-emotion-systems", "tested-emotion-main", "tested-emotion-groups",
        *(f"tested-emotion-table-{number}" for number in (1, 2, 3, 4)), "perceived-table",
    ]  # fmt: skip
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert "nan" not in str(table.rows)
        assert len(table.data)
    folder = sources[-1].sweep.folder.where()
    sentence = f"idle has not been replicated: fairser replicate {folder}"
    assert sentence in [block.text for block in blocks if isinstance(block, Words)]
    for block in blocks:
        if isinstance(block, Figure):
            plotly.io.to_json(block.figure)
            assert "template" not in block.figure.to_dict()["layout"]


def test_where_nothing_was_tested_there_are_only_words(tmp_path: Path) -> None:
    (chapter,) = tested.tested_chapters([source_of(sweep_of(tmp_path, "idle"))])
    (block,) = chapter.blocks
    assert isinstance(block, Words)
    assert tested.tested_chapters([]) == []


def test_comparisons_of_other_corpora_have_other_names(tmp_path: Path) -> None:
    result = []
    for corpus in ("here", "there"):
        sweep = sweep_of(tmp_path, f"on-{corpus}", corpus=corpus)
        add_test(sweep, "1@2", activation_predictions(SEEDS, 0.4), SEEDS)
        result.append(source_of(sweep))
    chapters = tested.tested_chapters(result)
    assert [chapter.title for chapter in chapters] == [
        "Activation: test data of here", "Activation: test data of there (2)",
    ]  # fmt: skip
    names = [b.name for c in chapters for b in c.blocks if not isinstance(b, Words)]
    assert len(set(names)) == len(names)


def test_every_part_that_a_task_may_have_is_a_table_or_a_chapter() -> None:
    assert {*tested.TABLES, *tested.CHAPTERS} == {*ReportPart}
    assert not {*tested.TABLES} & {*tested.CHAPTERS}
