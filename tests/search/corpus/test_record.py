import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated_corpus import RatedCorpus
from search import run
from search.corpus.record import FILE, keep_record, read_record
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from tests.support.local_training import train_locally


@pytest.fixture
def spoken() -> Corpus:
    utterances = pd.DataFrame(
        {
            "speaker": ["a", "a", "b", "c"],
            "gender": ["female", "female", "male", "female"],
            "split": ["train", "train", "validation", "test"],
            "activation": [2.0, 3.6, 7.0, 1.0],
        }
    )
    return Corpus("own", utterances, (1.0, 7.0), 3.5, ("2 of 6 left out: 2 without audio",))


@pytest.fixture
def rated() -> RatedCorpus:
    utterances = pd.DataFrame(
        {"id": ["u", "v"], "speaker": ["a", "b"], "gender": ["female", "male"], "session": "1"}
    )
    ratings = pd.DataFrame(
        [("u", "w", "joy"), ("u", "m", "joy"), ("v", "w", "fear"), ("v", "m", "joy")],
        columns=["utterance", "rater", "label"],
    )
    raters = pd.DataFrame({"rater": ["w", "m"], "gender": ["female", "male"]})
    return RatedCorpus("own", utterances, ratings, raters, ("joy", "fear"), ())


def test_sizes_and_exclusions_of_a_corpus_are_kept(tmp_path: Path, spoken: Corpus) -> None:
    keep_record(LocalStorage(tmp_path), "x", "activation", spoken)
    record = read_record(LocalStorage(tmp_path), "x")
    assert record
    assert record["notes"] == ["2 of 6 left out: 2 without audio"]
    (sizes,) = record["sizes"]
    assert sizes.columns[1:4] == ["speakers, women", "speakers, men", "utterances"]
    assert sizes.rows[0] == ["train", [1, 0, 2, 1, 1, 0, 0]]
    assert "agreement" not in record


def test_of_ratings_agreement_is_kept_and_what_nobody_knows_is_null(
    tmp_path: Path, rated: RatedCorpus
) -> None:
    keep_record(LocalStorage(tmp_path), "x", "emotion", rated)
    record = read_record(LocalStorage(tmp_path), "x")
    assert record
    assert [table.rows[-1][0] for table in record["sizes"]] == ["all", "fear", "men"]
    assert record["sentences"][0].startswith("1 of 2 utterances have a ground truth")
    rows = {(r["data"], r["emotion"], r["gender"]): r for r in record["agreement"]}
    assert rows["all", "joy", "male"]["share"] == 1.0
    assert rows["S2", "joy", "male"]["share"] is None
    assert list(rows["all", "joy", "male"])[:3] == ["data", "emotion", "gender"]


def test_a_record_that_is_there_stays(tmp_path: Path, spoken: Corpus) -> None:
    keep_record(LocalStorage(tmp_path), "x", "activation", spoken)
    keep_record(
        LocalStorage(tmp_path), "x", "activation", dataclasses.replace(spoken, notes=("other",))
    )
    record = read_record(LocalStorage(tmp_path), "x")
    assert record
    assert record["notes"] == list(spoken.notes)


def test_an_old_sweep_has_none(tmp_path: Path) -> None:
    assert read_record(LocalStorage(tmp_path), "x") is None


@pytest.mark.parametrize("content", ["{", "[]", '{"sizes": [{"rows": []}]}', json.dumps({})])
def test_a_record_of_something_else_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(StorageError, match=r"corpus\.json is not a record of a corpus"):
        read_record(LocalStorage(tmp_path), "x")


def test_a_sweep_that_begins_or_goes_on_keeps_a_record(
    results_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_locally(monkeypatch)
    small = ["--trials", "1", "--epochs", "1", "--seeds", "1", "--check-seeds", "0"]
    assert run.main(["--smoke", "--name", "toy", "--space", "baseline", *small]) == 0
    kept = tmp_path / "results" / "toy" / FILE
    before = kept.read_bytes()
    kept.unlink()
    assert run.main(["--resume", "toy"]) == 0
    assert kept.read_bytes() == before
