from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from fairser_core.corpora.category_manifest import has_classes, read_category_manifest
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise
from tests.support.malformed import EDITS, FIXED, read_damaged


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    lines = ["Path;speaker;split;Emotion;gender;accent"]
    for split in ("train", "dev", "test"):
        for label in ("anger", "Neutral", "zeal", "other"):
            noise(tmp_path / f"{split}-{label}.wav")
            lines.append(f"{split}-{label}.wav;{split};{split};{label};f;Scots")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_classes_are_those_that_occur_but_for_other(manifest: Path) -> None:
    corpus = read_category_manifest(manifest.parent)
    assert corpus.classes == ("neutral", "anger", "zeal")
    assert corpus.attributes == ("gender", "accent")
    assert corpus.utterances["emotion"].isna().sum() == 3
    assert corpus.votes["label"].value_counts()["other"] == 3
    assert read_category_manifest(manifest, classes=("zeal", "anger")).classes == ("anger", "zeal")


def test_ratings_beside_are_votes(manifest: Path) -> None:
    lines = ["utterance,rater,label"]
    for split in ("train", "dev", "test"):
        for label in ("anger", "Neutral", "zeal", "other"):
            heard = ("anger", "anger", "zeal") if label == "anger" else (label, label)
            lines += [f"{split}-{label}.wav,R{n},{name}" for n, name in enumerate(heard)]
    (manifest.parent / "ratings.csv").write_text("\n".join(lines) + "\n")
    table = pd.read_csv(manifest, sep=";").drop(columns="Emotion")
    table.to_csv(manifest, index=False)
    corpus = read_category_manifest(manifest)
    assert corpus.utterances["emotion"].tolist()[:3] == ["anger", "neutral", "zeal"]
    votes = corpus.votes.set_index(["utterance", "label"])["votes"]
    assert votes["train-anger.wav"].to_dict() == {"anger": 2.0, "zeal": 1.0}
    (manifest.parent / "ratings.csv").write_text("utterance,label2\ntrain-anger.wav,anger\n")
    with pytest.raises(CorpusError, match="must have columns utterance, rater, label"):
        read_category_manifest(manifest)


def test_a_manifest_needs_classes_or_ratings(manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace("Emotion", "Mood"))
    with pytest.raises(CorpusError, match="must have a column 'emotion', or a table of ratings"):
        read_category_manifest(manifest)


def test_a_manifest_with_classes_and_no_activation_is_recognised(manifest: Path) -> None:
    assert has_classes(manifest)
    manifest.write_text(manifest.read_text().replace("accent", "activation"))
    assert not has_classes(manifest)


@FIXED
@given(edits=EDITS)
def test_damaged_manifests(manifest: Path, edits: list[tuple[str, int, int, str]]) -> None:
    corpus = read_damaged(read_category_manifest, manifest.parent, manifest.name, edits, ";")
    if corpus is not None:
        assert set(corpus.utterances["emotion"].dropna()) <= set(corpus.classes)
        assert set(corpus.votes["utterance"]) <= set(corpus.utterances["id"])
        assert set(corpus.utterances["split"]) <= {"train", "validation", "test"}
