"""The copy of stage 1 in the folder of the sweep that builds on it."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fairser_core.datasets.emotion import Emotion
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.training.fit import fit
from search.corpus.facts import InputFacts, PretrainedFacts, features_facts
from search.ray_tune.model_keeper import ModelKeeper
from search.ray_tune.trainable import record_of
from search.space.load import load
from search.space.space import Space
from search.store.changes import SweepChanged
from search.store.local_storage import LocalStorage
from search.store.models import load_model
from search.store.seal import Place, seal
from search.store.storage import Storage, StorageError
from search.sweep.facts import STAGE1_FILE, SweepFacts
from search.sweep.head import SweepHead, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.stage1 import (
    Stage1Error,
    adopt,
    builds_on_stage1,
    digest,
    named_stage1,
    on_stage1,
    stage1_space,
    stage1_text,
)
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from tests.support.bomb import Bomb, torch_bytes

CORPUS = CorpusFacts("toy", "abc")
SMALL = {
    "hidden": 8, "latent": 5, "batch": 8, "dropout": 0.2, "weight_decay": 1e-3,
    "budget.trials": 3, "budget.epochs": 3, "budget.seeds": 1, "budget.race_seeds": 3,
    "budget.check_seeds": 0,
}  # fmt: skip


def adopt_rep(head: SweepHead, results: Storage) -> SweepHead:
    """The head of a sweep that builds on the sweep `rep`."""
    return adopt(head, *named_stage1(head.space, "rep", results))


def without_floor(**changes: object) -> Space:
    """The space of the detectors of stage 1, held to no baseline."""
    space = load("dnn", changes={**SMALL, **changes})
    return replace(space, floor={}, reference={"f1_macro_s1": 0.5, "parity_s2": 0.5})


def train(sweep: Sweep, data: Emotion) -> None:
    """What Ray would train, in this process."""
    while trial := sweep.plan().next():
        method = make(METHODS[sweep.space.method], {**sweep.space.fixed, **trial.values})
        keeper = ModelKeeper(
            sweep.folder, sweep.place(trial), sweep.space.objectives, sweep.policy.bounds
        )
        for epoch in fit(method, data, trial.seeds, epochs=trial.limit):
            record = record_of(epoch)
            keeper.offer(record, epoch.state)
            sweep.log.epoch(trial.number, record)
        sweep.log.ended(trial.number, "complete")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, toy_emotion: Emotion) -> Path:
    """Results with a sweep of detectors: a configuration that earned two further seeds."""
    results = tmp_path_factory.mktemp("results")
    space = without_floor(learning_rate=0.01)
    facts = SweepFacts("rep", "id of rep", "dnn", inputs(toy_emotion))
    head = SweepHead("rep", LocalStorage(results / "rep"), space, facts)
    head.write()
    sweep = Sweep(head, SearchPolicy())
    train(sweep, toy_emotion)
    assert [trial.purpose for trial in sweep.log.trials.values()] == ["search", "race", "race"]
    return results


@pytest.fixture
def results(trained: Path, tmp_path: Path) -> LocalStorage:
    shutil.copytree(trained, tmp_path / "results")
    return LocalStorage(tmp_path / "results")


def inputs(data: Emotion, corpus: CorpusFacts = CORPUS) -> InputFacts:
    return InputFacts(corpus, None, features_facts(data))


def building(results: LocalStorage, data: Emotion, name: str = "per") -> SweepHead:
    """A new sweep of stage 2."""
    facts = SweepFacts(name, f"id of {name}", "fairper", inputs(data))
    return SweepHead(name, results.folder(name), load("fairper"), facts)


def detectors(results: LocalStorage) -> Sweep:
    """The sweep of detectors."""
    return Sweep(saved_head(results, "rep"), SearchPolicy())


def test_stage_1_is_the_detectors_of_all_seeds_of_the_front_member_chosen(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    head = building(results, toy_emotion)
    assert builds_on_stage1(head.space)
    head = adopt_rep(head, results)
    chosen = head.facts.stage1
    assert chosen
    source = detectors(results)
    assert (chosen.sweep, chosen.id, chosen.method) == ("rep", source.facts.id, "dnn")
    member = next(p for p in source.front().members if f"0@{p.epoch}" == chosen.member)
    assert chosen.trials[0] == 0
    assert set(chosen.trials) <= set(member.trials)
    assert (chosen.values["hidden"], chosen.values["learning_rate"]) == (8, 0.01)
    assert chosen.metrics == {n: member.metrics[n] for n in ("f1_macro_s1", "parity_s2")}
    assert f"stage 1 is rep/{chosen.member}, of method dnn, frozen" in stage1_text(chosen)

    staged = on_stage1(head, toy_emotion)
    assert isinstance(staged, Emotion)
    net = staged.problem.stage1
    assert net is not None
    assert (net.features, net.hidden, net.latent) == (6, 8, 5)
    models = [
        source.model(source.log.trials[trial], chosen.epoch).networks["predictor"]
        for trial in chosen.trials
    ]
    for name, value in staged.stage1.items():
        assert torch.equal(value, torch.cat([model[name] for model in models]))
        assert len(value) == len(chosen.trials) * len(toy_emotion.detectors)
    assert toy_emotion.stage1 == {}  # what the baseline learns from is as it was
    assert toy_emotion.problem.stage1 is None


def test_stage_2_trains_on_it_and_a_kept_model_holds_it(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    sweep = adopt_rep(building(results, toy_emotion), results)
    staged = on_stage1(sweep, toy_emotion)
    assert isinstance(staged, Emotion)
    method = make(METHODS["fairper"], {"lambda": 0.1, "batch": 8, "pairs": 4})
    place = Place(sweep.name, 0, (0,))
    keeper = ModelKeeper(sweep.folder, place, ["f1_macro_views"], ())
    for epoch in fit(method, staged, [0], epochs=1):
        keeper.offer(record_of(epoch), epoch.state)
    networks = load_model(sweep.folder, place, 1).networks
    assert networks.keys() == {"predictor", "stage1"}
    for name, value in networks["stage1"].items():
        assert torch.equal(value, staged.stage1[name][: len(toy_emotion.detectors)])


def test_what_becomes_of_the_sweep_it_came_from_changes_nothing(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    sweep = adopt_rep(building(results, toy_emotion), results)
    sweep.write()
    before = on_stage1(sweep, toy_emotion)
    shutil.rmtree(results.path / "rep")
    again = saved_head(results, "per")
    assert again.facts == sweep.facts
    after = on_stage1(again, toy_emotion)
    assert isinstance(before, Emotion)
    assert isinstance(after, Emotion)
    assert before.stage1
    assert all(torch.equal(after.stage1[name], value) for name, value in before.stage1.items())


def test_a_copy_that_is_gone_torn_or_another_is_named(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    sweep = adopt_rep(building(results, toy_emotion), results)
    path = results.path / "per" / STAGE1_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(StorageError, match=r"stage1\.model is torn or altered"):
        on_stage1(sweep, toy_emotion)
    path.unlink()
    with pytest.raises(StorageError, match=r"there is no .*stage1\.model: the copy of stage 1"):
        on_stage1(sweep, toy_emotion)
    other = {name: value + 1 for name, value in torch.load(io.BytesIO(whole[32:])).items()}
    buffer = io.BytesIO()
    torch.save(other, buffer)
    path.write_bytes(seal(buffer.getvalue()))
    with pytest.raises(SweepChanged, match=r"stage1\.model is not the stage 1 chosen: its digest"):
        on_stage1(sweep, toy_emotion)


def test_what_a_forged_copy_pickles_is_not_executed(
    results: LocalStorage, toy_emotion: Emotion, tmp_path: Path
) -> None:
    sweep = adopt_rep(building(results, toy_emotion), results)
    target = tmp_path / "executed"
    sweep.folder.write(STAGE1_FILE, seal(torch_bytes({"latent.weight": Bomb(target)})))
    with pytest.raises(StorageError, match=r"stage1\.model is no model of stage 1"):
        on_stage1(sweep, toy_emotion)
    assert not target.exists()


def test_a_digest_tells_parameters_apart() -> None:
    parameters = {"a": torch.zeros(2, 3), "b": torch.ones(1)}
    same = {"b": torch.ones(1), "a": torch.zeros(3, 2).T}
    assert digest(parameters) == digest(same)
    others = [
        {**parameters, "b": torch.tensor([1 + 1e-7])},
        {**parameters, "a": torch.zeros(3, 2)},
        {"c": parameters["a"], "b": parameters["b"]},
        {**parameters, "b": torch.ones(1, dtype=torch.float64)},
    ]
    assert len({digest(parameters) for parameters in [parameters, *others]}) == 5


def test_another_corpus_or_other_features_are_refused_with_what_differs(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    head, same = building(results, toy_emotion), inputs(toy_emotion)
    model = PretrainedFacts("vq-wav2vec.pt", "def", "0.12.3")
    with pytest.raises(SweepChanged, match=r"the pretrained model is not .* rep: `file` is vq-wav"):
        adopt_rep(head.with_facts(inputs=replace(same, pretrained=model)), results)
    message = r"the corpus is not as it was when stage 1 was trained, the sweep rep: `fingerprint`"
    other = inputs(toy_emotion, CorpusFacts("toy", "abd"))
    with pytest.raises(SweepChanged, match=message):
        adopt_rep(head.with_facts(inputs=other), results)
    moved = replace(toy_emotion, features=toy_emotion.features + 0.1)
    with pytest.raises(SweepChanged, match=r"the feature set is not .* the sweep rep: `values of"):
        adopt_rep(head.with_facts(inputs=inputs(moved)), results)
    assert head.folder.read(STAGE1_FILE) is None


def test_a_space_that_builds_on_nothing_takes_no_stage_1(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    sweep = replace(building(results, toy_emotion, "plain"), space=load("dnn"))
    with pytest.raises(Stage1Error, match="--stage1 goes with spaces of method 'fairper', dnn is"):
        adopt_rep(sweep, results)


def test_without_a_named_stage1_a_single_trial_has_the_defaults_of_its_method() -> None:
    space = load("fairper", "demo", {"features.coefficients": 12, "budget.race_seeds": 3})
    stage1 = stage1_space(space, "demo")
    source = load("fairrep", "demo")
    assert (stage1.name, stage1.method, stage1.objectives) == (
        "fairrep",
        "fairrep",
        source.objectives,
    )
    assert stage1.fixed == source.fixed
    assert (stage1.search, stage1.first, stage1.floor) == ({}, (), {})
    assert (stage1.budget.trials, stage1.budget.epochs, stage1.budget.seeds) == (1, 10, 3)
    assert stage1.features == space.features


def test_the_trained_stage1_is_chosen_by_the_rule_of_a_named_stage1(
    results: LocalStorage, toy_emotion: Emotion
) -> None:
    named, trained_for_it = (building(results, toy_emotion, name) for name in ("a", "b"))
    named = adopt_rep(named, results)
    trained_for_it = adopt(trained_for_it, detectors(results))
    assert named.facts.stage1
    assert trained_for_it.facts.stage1 == named.facts.stage1
