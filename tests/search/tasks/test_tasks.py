"""Tasks: what a space of either may name, and which corpora it learns from."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from fairser_core.corpora.demo_emotions import read_demo_emotions
from fairser_core.corpora.perception import perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.courses.choice import COURSES
from fairser_core.datasets.activation import Activation
from fairser_core.datasets.emotion import Emotion
from fairser_core.methods import METHODS, methods_of
from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.predictor import PREDICTORS
from search.corpus.facts import features_facts
from search.corpus.reading import check_goes, make_data, read_of
from search.space.files import SPACES
from search.space.load import load
from search.space.space_error import SpaceError
from search.store.changes import SAMPLE
from search.store.fields import read_fields
from search.sweep.prerequisites import baseline_space
from search.tasks.facts import CorpusFacts
from search.tasks.options import CorpusOptions
from search.tasks.readers import CORPORA, TASK_READERS
from search.tasks.task import Task
from search.tasks.tasks import TASKS


def write(folder: Path, old: str, new: str) -> str:
    text = (SPACES / "dnn.toml").read_text()
    assert old in text
    path = folder / "mine.toml"
    path.write_text(text.replace(old, new))
    return str(path)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_one_final_class_whose_counterparts_bear_its_name(name: str) -> None:
    task = TASKS[name]
    assert type(task).__final__  # type: ignore[attr-defined]
    assert type(task).__mro__[1] is Task
    assert task.name == PREDICTORS[name].specification.name == name
    assert list(TASKS) == list(TASK_READERS) == list(PREDICTORS) == list(COURSES)
    assert task.methods == methods_of(name)
    assert task.readers is TASK_READERS[name]
    assert task.baseline in task.methods


def test_every_method_and_metric_is_of_one_task() -> None:
    methods = [name for task in TASKS.values() for name in task.methods]
    assert sorted(methods) == sorted(METHODS)
    metrics = [name for task in TASKS.values() for name in task.directions]
    assert sorted(metrics) == sorted(DIRECTIONS)
    activation = ["demo", "ravdess", "manifest", "msp_podcast"]
    assert [*activation, "iemocap", "emozionalmente", "audformat", "crema_d", "emodb"] == CORPORA


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'method = "dnn"',
            'method = "baseline"',
            "must be one of dnn, .* for task 'emotion'",
        ),
        ('task = "emotion"', 'task = "activation"', "`method` must be one of baseline, adversar"),
        (
            'task = "emotion"',
            'task = "valence"',
            "`task` must be one of activation, emotion, category, got",
        ),
        ('"parity_s2"]', '"recall_gap"]', "unknown metric 'recall_gap'; there are f1_all, f1_s1"),
        ('"parity_s2"]', '"parity_s2_signed"]', "`parity_s2_signed` is best at zero"),
        ("batch = 32", "filters = 8", "`filters` is no setting of method 'dnn'"),
        ("[fixed]", "[windows]\nhop = 20\n[fixed]", r"\[windows\] is of task 'activation', this"),
        ("parity_s2 = 0.5", "", r"\[reference\] must give a value for parity_s2"),
    ],
)
def test_a_space_of_emotions_names_only_what_its_task_has(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(SpaceError, match=message):
        load(write(tmp_path, old, new))


def test_a_space_of_emotions_reads_back_as_it_was_run(tmp_path: Path) -> None:
    space = load("dnn", "demo", {"dropout": 0.25, "budget.epochs": 3})
    path = tmp_path / "dnn.toml"
    path.write_text(space.to_toml())
    assert "windows" not in space.to_toml()
    assert load(str(path)).to_toml() == space.to_toml()


def test_the_baseline_of_a_space_of_emotions_is_the_dnn() -> None:
    made = baseline_space(load("dnn"))
    assert (made.name, made.method, made.task, made.search) == ("dnn", "dnn", "emotion", {})
    assert made.fixed == {"batch": 32, "patience": 10}
    assert made.reference["f1_macro_s1"] == 0.0


@pytest.mark.parametrize(
    ("space", "options", "message"),
    [
        ("adversarial", {"corpus": "votes"}, "of task 'activation', which learns from --corpus"),
        (
            "dnn",
            {"corpus": "ravdess"},
            "learns from --corpus demo, emozionalmente, iemocap, manifest, got ravdess",
        ),
        ("dnn", {"corpus": "demo", "threshold": 4.0}, "--threshold does not go with space dnn"),
        ("dnn", {"corpus": "manifest", "scale": (1, 5)}, "--scale does not go with space dnn"),
    ],
)
def test_a_corpus_of_another_task_is_refused_with_a_sentence(
    space: str, options: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_goes(load(space), CorpusOptions(**options))


@pytest.mark.parametrize(
    "options", [{"corpus": "iemocap", "raters": Path("r.csv")}, {"corpus": "demo"}]
)
def test_corpora_with_ratings_go_with_a_space_of_emotions(options: dict) -> None:
    check_goes(load("dnn"), CorpusOptions(**options))


def test_the_demo_of_a_space_of_emotions_is_one_with_ratings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path))
    options = CorpusOptions("demo", smoke=True, preset="null")
    corpus = read_of(load("dnn"), options, Console())
    assert corpus.name == "demo_emotions"
    facts = TASKS["emotion"].facts(corpus)
    assert isinstance(corpus, RatedCorpus)
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    assert facts.perceived == sizes(perceived)
    assert sum(facts.utterances.values()) == sizes(perceived)["S1"] + sizes(perceived)["S2"]
    joined = corpus.utterances.join(perceived, on="id")
    for session, gender, subset in (("1", "female", "S1"), ("5", "male", "S2")):
        chosen = joined[["session", "gender", "subset"]].eq([session, gender, subset]).all(axis=1)
        assert facts.utterances[f"session {session} {gender} {subset}"] == chosen.sum()
    assert read_fields(CorpusFacts, json.loads(json.dumps(facts.to_json())), "corpus") == facts
    assert facts.fingerprint != read_demo_emotions(smoke=True).fingerprint()
    data = make_data(corpus, load("dnn"), Console())
    assert isinstance(data, Emotion)
    assert data.emotions == corpus.emotions


def test_a_fingerprint_of_features_holds_their_values(
    toy_emotion: Emotion, toy_task: Activation
) -> None:
    facts = features_facts(toy_emotion)
    assert (facts["utterances"], facts["coefficients"]) == toy_emotion.features.shape
    assert facts[SAMPLE][0] == pytest.approx(toy_emotion.features[0, 0], abs=1e-6)
    assert facts[SAMPLE][-1] == pytest.approx(toy_emotion.features[-1, -1], abs=1e-6)
    assert features_facts(toy_task)["frames"] == len(toy_task.frames)
