"""Reading a pretrained vq-wav2vec; tests of extract.py show that its features are fairseq's."""

import logging
import pickle
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fairser_core.features import vq_wav2vec
from fairser_core.features.vq_wav2vec import VqWav2vec, VqWav2vecError
from fairser_core.features.vq_wav2vec_file import architecture, conv_layers, receptive_field
from tests.support.pretrained import (
    AGGREGATOR_LAYERS,
    FEATURE_LAYERS,
    PUBLISHED,
    SMALL,
    allowed,
    distributions,
    needs_fairseq,
    published,
)

SECOND = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)


@pytest.fixture(autouse=True)
def packages_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vq_wav2vec, "packages_distributions", distributions)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("pretrained") / "vq-wav2vec.pt", **SMALL)


@pytest.mark.parametrize(
    "text",
    [
        FEATURE_LAYERS,
        AGGREGATOR_LAYERS,
        "[(512, 10, 5)] + [(512, 8, 4)] + [(512, 4, 2)] * 3",
        "[(512,3,1),]*9",
        " [ (1, 2, 3), (4, 5, 6) ] * 2 + [(7, 8, 9)] ",
    ],
)
def test_layers_are_read_as_python_would(text: str) -> None:
    assert conv_layers(text) == eval(text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "[(512, 3, 1) for _ in range(9)]",
        "[(512, 3, 1)] * 999999",
        "[(512, 3, 1)] * 9 * 9",
        "[(512, 3)]",
        "[(512, 3, 1.5)]",
        "[(512, 3, 0)]",
        "[(5120, 3, 1)]",
        "[]",
        "",
    ],
)
def test_other_layers_are_refused_and_not_executed(text: str) -> None:
    with pytest.raises(ValueError, match=r"numbers of layers must be 1 to 4096|layers must be \["):
        conv_layers(text)


def test_a_frame_of_the_published_network_is_made_of_465_samples() -> None:
    assert receptive_field(conv_layers(FEATURE_LAYERS)) == 465


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vq_type": "none"}, "`vq_type` must be gumbel or kmeans, got 'none'"),
        ({"vq_vars": 10**9}, "`vq_vars` cannot be 1000000000"),
        ({"vq_vars": True}, "`vq_vars` cannot be True"),
        ({"vq_groups": -1}, "`vq_groups` cannot be -1"),
        ({"combine_groups": "yes"}, "`combine_groups` cannot be 'yes'"),
        ({"conv_feature_layers": [(512, 10, 5)]}, "`conv_feature_layers` cannot be "),
        ({"conv_aggregator_layers": "exit()"}, "layers must be .* got 'exit()'"),
    ],
)
def test_settings_that_no_pretrained_model_has_are_refused(
    change: dict[str, Any], message: str
) -> None:
    architecture(PUBLISHED)
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        architecture(PUBLISHED | change)


@pytest.mark.parametrize(
    ("python", "machine", "message"),
    [
        ((3, 11), "x86_64", r"needs fairseq: pip install 'fairser\[fairseq\]'$"),
        ((3, 12), "x86_64", r"needs fairseq: pip install 'fairser\[fairseq\]'$"),
        (
            (3, 13),
            "x86_64",
            r"Python 3\.11 and 3\.12 only, this is \w+ on x86_64 with Python 3\.13:",
        ),
        ((3, 11), "aarch64", r"Linux on x86-64 .* only, this is \w+ on aarch64 with Python 3\.11:"),
    ],
)
def test_without_fairseq_the_error_says_what_to_install_and_where_there_is_none(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    python: tuple[int, int],
    machine: str,
    message: str,
) -> None:
    monkeypatch.setattr(vq_wav2vec, "packages_distributions", dict)
    monkeypatch.setattr(vq_wav2vec.sys, "version_info", python)
    monkeypatch.setattr(vq_wav2vec.sys, "platform", "linux")
    monkeypatch.setattr(vq_wav2vec.platform, "machine", lambda: machine)
    with pytest.raises(VqWav2vecError, match=message):
        VqWav2vec(tmp_path / "vq-wav2vec.pt")


@needs_fairseq
def test_a_missing_pretrained_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(VqWav2vecError, match=r"nothing.pt: cannot be read \(No such file"):
        VqWav2vec(tmp_path / "nothing.pt")


class Hostile:
    """Pickled, it runs a command when it is read."""

    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> Any:
        return (subprocess.check_call, (["touch", str(self.touched)],))


def changed(model_file: Path, path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The pretrained model with something else in it."""
    with torch.serialization.safe_globals(allowed()):
        content = torch.load(model_file, weights_only=True)
    del content["extra_state"]
    change(content)
    torch.save(content, path)
    return path


@needs_fairseq
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(args=None), "TypeError: vars"),
        (lambda c: c.pop("model"), "KeyError: 'model'"),
        (lambda c: setattr(c["args"], "vq_type", "none"), "`vq_type` must be"),
        (lambda c: setattr(c["args"], "activation", "exit"), "unknown activation exit"),
        (lambda c: setattr(c["args"], "vq_vars", 64), "size mismatch|Error"),
        (lambda c: c["model"].pop("vector_quantizer.vars"), "Error"),
        (lambda c: c["model"].update({"vector_quantizer.vars": 3}), "AttributeError"),
    ],
)
def test_a_pretrained_model_that_is_not_whole_is_refused_by_name(
    tmp_path: Path, model_file: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    bad = changed(model_file, tmp_path / "bad.pt", change)
    with pytest.raises(VqWav2vecError, match=f"bad.pt: is not a pretrained vq-wav2vec.*{message}"):
        VqWav2vec(bad).extract(SECOND)


@needs_fairseq
@pytest.mark.parametrize("content", [b"", b"no pretrained model", pickle.dumps({"args": 3})])
def test_a_file_that_is_no_pretrained_model_is_refused_by_name(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bad.pt").write_bytes(content)
    with pytest.raises(VqWav2vecError, match=r"bad.pt: is not a pretrained vq-wav2vec as fairseq"):
        VqWav2vec(tmp_path / "bad.pt").extract(SECOND)


@needs_fairseq
def test_nothing_in_a_hostile_pretrained_model_is_run(tmp_path: Path, model_file: Path) -> None:
    touched = tmp_path / "touched"
    code = f"__import__('pathlib').Path({str(touched)!r}).touch()"
    for number, change in enumerate(
        (
            lambda c: c.update(args=Hostile(touched)),
            lambda c: c.update(more=Hostile(touched)),
            lambda c: setattr(c["args"], "conv_feature_layers", code),
            lambda c: setattr(c["args"], "conv_aggregator_layers", code),
            lambda c: setattr(c["args"], "user_dir", str(tmp_path)),
        )
    ):
        bad = changed(model_file, tmp_path / f"{number}.pt", change)
        if number < 4:
            why = "it holds .*check_call, which might run" if number < 2 else "layers must"
            with pytest.raises(
                VqWav2vecError, match=f"{number}.pt: is not a pretrained vq-wav2vec.*{why}"
            ):
                VqWav2vec(bad).extract(SECOND)
        else:  # a setting that has nothing to do with the network is not looked at
            VqWav2vec(bad).extract(SECOND)
    assert not touched.exists()


@needs_fairseq
def test_weights_that_give_no_finite_features_are_refused(tmp_path: Path, model_file: Path) -> None:
    name = "feature_extractor.conv_layers.0.0.weight"
    bad = changed(model_file, tmp_path / "bad.pt", lambda c: c["model"][name].fill_(np.nan))
    with pytest.raises(VqWav2vecError, match=r"bad.pt: gives features that are not finite"):
        VqWav2vec(bad).extract(SECOND)


@needs_fairseq
def test_a_pretrained_model_that_changes_while_in_use_is_refused(
    tmp_path: Path, model_file: Path
) -> None:
    path = tmp_path / "vq-wav2vec.pt"
    path.write_bytes(model_file.read_bytes())
    wav2vec = VqWav2vec(path)
    path.write_bytes(model_file.read_bytes() + b"\0")
    with pytest.raises(VqWav2vecError, match=r"vq-wav2vec.pt: was changed while it was in use"):
        wav2vec.extract(SECOND)


@needs_fairseq
def test_fairseq_leaves_logging_and_warnings_as_they_were(model_file: Path) -> None:
    root = logging.getLogger()
    before = root.level, root.handlers[:], warnings.filters[:]
    VqWav2vec(model_file).extract(SECOND)
    assert (root.level, root.handlers, warnings.filters) == before
