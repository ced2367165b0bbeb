"""Files of tensors, as torch and as strangers write them."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from fairser_core.files.tensors import TensorError, check_networks, read_tensors
from tests.support.bomb import Bomb

NETWORKS = {"predictor": {"weight": torch.ones(4, 3), "bias": torch.zeros(4)}}


def saved(value: Any) -> bytes:
    content = io.BytesIO()
    torch.save(value, content)
    return content.getvalue()


def test_what_torch_saved_is_read_back() -> None:
    held = {"tables": NETWORKS, "epoch": 3, "seeds": [1, 2], "nothing": None}
    back = read_tensors(saved(held))
    torch.testing.assert_close(back["tables"], NETWORKS)
    assert (back["epoch"], back["seeds"], back["nothing"]) == (3, [1, 2], None)


def test_a_packed_file_is_refused_before_it_is_unpacked() -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(torch.zeros(1_000_000)))) as whole,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in whole.infolist():
            archive.writestr(part.filename, whole.read(part.filename))
    assert len(packed.getvalue()) < 20_000
    with pytest.raises(TensorError, match="must not be compressed"):
        read_tensors(packed.getvalue())


def test_a_value_that_stands_for_many_is_refused() -> None:
    with pytest.raises(TensorError, match="values, the file has"):
        read_tensors(saved({"a": torch.zeros(1).expand(10**9)}))


def test_objects_are_not_executed(tmp_path: Path) -> None:
    for content in (pickle.dumps(Bomb(tmp_path / "exploded")), b"PK" * 99, b""):
        with pytest.raises(Exception, match=r"."):
            read_tensors(content)
    with pytest.raises(Exception, match=r"."):
        read_tensors(saved(Bomb(tmp_path / "exploded")))
    assert not list(tmp_path.iterdir())


def test_networks_have_lanes_for_each_seed() -> None:
    check_networks(NETWORKS, 2)
    check_networks({}, 2)


@pytest.mark.parametrize(
    "networks",
    [
        "x",
        [torch.ones(4)],
        {"predictor": torch.ones(4)},
        {"predictor": {"weight": "x"}},
        {"predictor": {"weight": torch.ones(())}},
        {"predictor": {"weight": torch.ones(3, 2)}},
        {"predictor": {"weight": torch.ones(0, 2)}},
        {"predictor": {"weight": torch.ones(4, dtype=torch.int32)}},
        {"predictor": {"weight": torch.ones(4, dtype=torch.complex64)}},
        {"predictor": {"weight": torch.ones(4, 2).to_sparse()}},
        {"predictor": {"weight": torch.ones(4, device="meta")}},
    ],
)
def test_what_is_no_network_is_refused(networks: Any) -> None:
    with pytest.raises(TensorError, match=r"must h|must be"):
        check_networks(networks, 2)
