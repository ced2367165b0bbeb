import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.corpora.demo_emotions import read_demo_emotions
from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import emotion_arrays, studied_utterances
from fairser_core.datasets.normalisation import normalise_by_group
from fairser_core.datasets.preparation import prepare_emotion
from fairser_core.features.cache import features
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.vectors import Pooling, VectorSettings
from tests.support.toy_tables import toy_studied

EMOTIONS = ("anger", "sadness", "neutral")


def test_each_fold_tests_its_session_validates_on_the_next_and_trains_on_the_rest(
    toy_emotion: Emotion,
) -> None:
    names = np.array(toy_studied()["session"])
    folds = toy_emotion.folds()
    assert [fold.name for fold in folds] == ["S0", "S1", "S2"]
    for fold, after, rest in zip(folds, ("S1", "S2", "S0"), ("S2", "S0", "S1"), strict=True):
        assert set(names[fold.test]) == {fold.name}
        assert set(names[fold.validation]) == {after}
        assert set(names[fold.train]) == {rest}
    validated = np.concatenate([fold.validation for fold in folds])
    assert sorted(validated) == list(range(len(names)))
    for split in ("validation", "test"):
        rows = dataclasses.replace(toy_emotion, split=split).evaluated()
        for fold, evaluated in zip(folds, rows, strict=True):
            np.testing.assert_array_equal(evaluated, getattr(fold, split))
    assert toy_emotion.split == "validation"


def test_sessions_are_in_the_order_of_their_numbers() -> None:
    table = toy_studied((6, 6, 6, 6), seed=2)
    table["session"] = table["session"].map({"S0": "10", "S1": "9", "S2": "1", "S3": "2"})
    table["truth"] = "anger"
    made = emotion_arrays(table, [*np.eye(24)], ("anger",))
    assert made.sessions == ("1", "2", "9", "10")


def test_labels_perceptions_and_aligned_genders_are_those_of_the_table(
    toy_emotion: Emotion,
) -> None:
    table = toy_studied()
    for number, emotion in enumerate(EMOTIONS):
        np.testing.assert_array_equal(toy_emotion.label[number], table["truth"] == emotion)
        for gender in ("female", "male"):
            perception, consensus = getattr(toy_emotion, gender), table[f"consensus_{gender}"]
            np.testing.assert_array_equal(perception.consensus, consensus.notna())
            np.testing.assert_array_equal(perception.label[number], consensus == emotion)
    np.testing.assert_array_equal(toy_emotion.s1, table["subset"] == "S1")
    for value, gender in ((1, "female"), (0, "male")):
        np.testing.assert_array_equal(toy_emotion.aligned == value, table["aligned"] == gender)
    np.testing.assert_array_equal(np.isnan(toy_emotion.aligned), table["aligned"].isna())


def test_a_corpus_gives_the_utterances_with_a_ground_truth(tmp_path: Path) -> None:
    corpus = read_demo_emotions(tmp_path, smoke=True)
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    kept = perceived[perceived["subset"].notna()]
    assert 0 < len(kept) < len(perceived)
    assert set(table["id"]) == set(kept.index)
    made = prepare_emotion(corpus, MfccSettings(), VectorSettings())
    assert made.features.shape == (len(kept), 64)
    assert made.label.sum(axis=0).tolist() == [1.0] * len(kept)
    assert len(made.detectors) == 25
    vectors = np.concatenate([np.load(path) for path in table["features"]])
    np.testing.assert_allclose(
        made.features, normalise_by_group(vectors, table["speaker"]), atol=1e-6
    )


@pytest.mark.parametrize("pooling", ["mean", "mean_std"])
def test_a_corpus_of_audio_gives_statistics_of_its_mfccs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pooling: Pooling
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    rng, lines, votes = np.random.default_rng(0), [], []
    for number in range(6):
        name, session = f"u{number}.wav", number // 2
        soundfile.write(tmp_path / name, rng.normal(0.0, 0.1, 2000), 8000)
        lines.append(f"{name},{name},s{session},female,S{session}")
        votes += [f"{name},a,anger", f"{name},b,anger"]
    texts = {
        "manifest": ["id,path,speaker,gender,session", *lines],
        "ratings": ["utterance,rater,label", *votes],
        "raters": ["rater,gender", "a,female", "b,male"],
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(text))
    corpus = read_rated_manifest(tmp_path)
    made = prepare_emotion(
        corpus, MfccSettings(), VectorSettings(pooling=pooling, normalisation="speaker")
    )
    arrays = features(corpus.utterances["path"].tolist(), MfccSettings())
    statistics = [np.ndarray.mean, np.ndarray.std][: 2 if pooling == "mean_std" else 1]
    rows = [np.concatenate([statistic(array, axis=0) for statistic in statistics])
            for array in arrays]  # fmt: skip
    expected = normalise_by_group(np.stack(rows), corpus.utterances["speaker"])
    assert made.problem.features == 24 * len(statistics)
    np.testing.assert_allclose(made.features, expected, atol=1e-3)


def test_an_emotion_that_a_session_lacks_is_refused() -> None:
    table = toy_studied()
    table.loc[(table["session"] == "S1") & (table["truth"] == "anger"), "truth"] = "neutral"
    with pytest.raises(ValueError, match="in every session, 'anger' is of none in S1"):
        emotion_arrays(table, [np.ones(2)] * len(table), EMOTIONS)
