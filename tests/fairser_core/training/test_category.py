"""The category task from arrays to bundles: three groups, hard, soft and several targets."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fairser_core.corpora import demo_classes
from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.demo_classes import ACCENTS, CLASSES, Recipe, read_demo_classes
from fairser_core.corpora.groups import Grouping
from fairser_core.corpora.problems import CorpusError
from fairser_core.datasets.category import Category
from fairser_core.datasets.preparation import prepare_category
from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import METHODS, methods_of
from fairser_core.networks.adversaries import ClassAdversary
from fairser_core.predictor import Recording, load
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.category import CategorySpecification
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit

NET = {"hidden": 16, "latent": 8}
SMALL = Recipe(train=(8, 6, 6), held_out=(6, 6, 6), utterances=10)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CategoryCorpus:
    folder = tmp_path_factory.mktemp("demo")
    presets = {"biased": SMALL}
    synthesis = dataclasses.replace(demo_classes.DEMO, presets=presets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_classes, "DEMO", synthesis)
        whole = read_demo_classes(folder)
    return whole.grouped(Grouping.parse("accent"))


@pytest.fixture(scope="module")
def data(corpus: CategoryCorpus) -> Category:
    return prepare_category(corpus, MfccSettings(), "mean")


def last(data: Category, name: str, epochs: int = 3, **settings: Any) -> Any:
    method = METHODS[name](**NET, **settings)
    *_, epoch = fit(method, data, [0, 1], epochs=epochs)
    return method, epoch


def test_arrays_hold_training_and_evaluated_utterances_alone(
    corpus: CategoryCorpus, data: Category
) -> None:
    assert data.problem.groups == ACCENTS
    assert set(data.problem.classes) == set(CLASSES)
    assert len(data.ids) == 380
    assert not any(name.startswith("test") for name in data.ids)
    train = data.features[data.train]
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    test = prepare_category(corpus, MfccSettings(), "mean", split="test")
    assert not any(name.startswith("validation") for name in test.ids)


def test_the_entropy_is_that_of_groups_given_classes(data: Category) -> None:
    table = pd.crosstab(data.label[data.train], data.group[data.train]).to_numpy(float)
    shares = table / table.sum(axis=1, keepdims=True)
    expected = -(table / table.sum() * np.log(shares)).sum()
    assert data.problem.group_entropy == pytest.approx(expected)


@pytest.mark.parametrize("name", methods_of("category"))
@pytest.mark.parametrize("targets", ["hard", "soft", "several"])
def test_every_method_learns_with_every_target(name: str, targets: str, data: Category) -> None:
    method, epoch = last(data, name, targets=targets)
    assert np.isfinite(epoch.metrics["tpr_gap"]).all()
    assert np.isfinite(epoch.metrics["macro_f1_island"]).all()
    assert all(np.isfinite(values).all() for values in epoch.terms.values())
    table = evaluate(method, data, epoch.state.kept, [0, 1]).predictions
    sums = table[[f"{label}-1" for label in data.problem.classes]].sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assert json.loads(table["judged"].iloc[0]) == list(ACCENTS)


def test_lanes_are_those_of_each_seed_alone(data: Category) -> None:
    method = METHODS["classifier_adversarial"](**NET)
    *_, together = fit(method, data, [0, 1], epochs=2, vectorise=True)
    *_, alone = fit(method, data, [1], epochs=2, vectorise=False)
    for name, values in alone.metrics.items():
        np.testing.assert_allclose(together.metrics[name][1], values[0], atol=1e-4, err_msg=name)


def test_methods_without_weight_are_the_classifier(data: Category) -> None:
    _, plain = last(data, "classifier")
    _, penalty = last(data, "classifier_penalty", alpha1=0.0)
    for name, values in plain.metrics.items():
        np.testing.assert_allclose(penalty.metrics[name], values, atol=1e-5, err_msg=name)


def test_the_penalty_lowers_the_gap_of_expected_recalls(data: Category) -> None:
    _, none = last(data, "classifier_penalty", epochs=30, batch=32, alpha1=0.0)
    _, strong = last(data, "classifier_penalty", epochs=30, batch=32, alpha1=5.0)
    assert strong.terms["recall_penalty"].mean() < 0.8 * none.terms["recall_penalty"].mean()


def test_soft_targets_use_utterances_that_have_no_class(corpus: CategoryCorpus) -> None:
    first = corpus.utterances["id"][corpus.utterances["split"] == "train"].iloc[0]
    emotion = corpus.utterances["emotion"].mask(corpus.utterances["id"] == first)
    tied = pd.DataFrame({"utterance": [first] * 2, "label": CLASSES[:2], "votes": [1.0, 1.0]})
    votes = pd.concat([corpus.votes[corpus.votes["utterance"] != first], tied])
    changed = dataclasses.replace(
        corpus, utterances=corpus.utterances.assign(emotion=emotion), votes=votes
    )
    data = prepare_category(changed, MfccSettings(), "mean")
    row = data.ids.index(first)
    assert data.label[row] == -1
    assert sorted(data.shares[row]) == [0, 0, 0.5, 0.5]


def test_the_adversary_is_linear_in_probabilities_for_each_class() -> None:
    generator = torch.Generator().manual_seed(0)
    network = ClassAdversary(classes=3, groups=2)
    parameters = network.init(generator)
    p = torch.softmax(torch.randn(20, 3, generator=generator), dim=-1)
    label = torch.eye(3)[torch.randint(0, 3, (20,), generator=generator)]
    groups = torch.eye(2)[torch.randint(0, 2, (20,), generator=generator)]
    losses = []
    for row in range(20):
        number = int(label[row].argmax())
        logits = parameters["w"][:, number] @ p[row] + parameters["b"][:, number]
        losses.append(-torch.log_softmax(logits, 0)[int(groups[row].argmax())].item())
    assert network.loss(parameters, p, label, groups).item() == pytest.approx(np.mean(losses))
    label[5:] = 0
    expected = pytest.approx(np.mean(losses[:5]))
    assert network.loss(parameters, p, label, groups).item() == expected


def test_a_bundle_predicts_what_the_lane_did(
    data: Category, corpus: CategoryCorpus, tmp_path: Path
) -> None:
    method, epoch = last(data, "classifier")
    mean, deviation = data.statistics
    task = CategorySpecification(
        problem=data.problem, pooling="mean", mean=tuple(mean), deviation=tuple(deviation)
    )
    networks = {"predictor": {n: t[0] for n, t in epoch.state.kept["predictor"].items()}}
    bundle = Bundle(
        method=method, task=task, features=None, networks=networks, metrics={}, provenance={}
    )
    for name, content in bundle.files().items():
        (tmp_path / name).write_bytes(content)
    predictor = load(tmp_path)
    table = evaluate(method, data, epoch.state.kept, [0, 1]).predictions
    paths = corpus.utterances.set_index("id")["features"]
    for _, row in table.head(10).iterrows():
        (outcome,) = predictor.predict([Recording(paths[row["utterance"]])])
        assert isinstance(outcome, dict)
        for label in data.problem.classes:
            assert outcome[label] == pytest.approx(row[f"{label}-0"], abs=1e-5)
        assert outcome[outcome["emotion"]] == max(outcome[label] for label in data.problem.classes)


def test_the_known_unfairness_is_there_and_not_in_the_null_twin(tmp_path: Path) -> None:
    values = {}
    for preset in ("biased", "null"):
        whole = read_demo_classes(tmp_path, preset=preset).grouped(Grouping.parse("accent"))
        arrays = prepare_category(whole, MfccSettings(), "mean")
        *_, epoch = fit(METHODS["classifier"](), arrays, [0, 1], epochs=10)
        values[preset] = {name: float(of.mean()) for name, of in epoch.metrics.items()}
    biased, null = values["biased"], values["null"]
    assert biased["tpr_gap_excess"] > 0.05 > null["tpr_gap_excess"]
    assert biased["macro_f1_coast"] > biased["macro_f1_hills"] > biased["macro_f1_island"]
    assert abs(null["macro_f1_coast"] - null["macro_f1_island"]) < 0.06


def test_one_group_is_refused(corpus: CategoryCorpus) -> None:
    alone = dataclasses.replace(
        corpus, utterances=corpus.utterances[corpus.utterances["accent"] == "coast"]
    )
    with pytest.raises(CorpusError, match="two groups or more, all are coast"):
        alone.grouped(Grouping.parse("accent"))
