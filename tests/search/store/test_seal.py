from collections.abc import Callable

import pytest

from search.store.seal import seal, unseal
from search.store.storage import StorageError

CONTENT = b"parameters" * 20


@pytest.mark.parametrize("content", [CONTENT, b""])
def test_what_was_sealed_comes_back(content: bytes) -> None:
    assert unseal(seal(content), "x") == content


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b[:-1],
        lambda b: b + b"\0",
        lambda b: b[:40] + b"?" + b[41:],
        lambda b: b"?" + b[1:],
        lambda b: b[:20],
        lambda b: b"",
        lambda b: CONTENT,
    ],
    ids=["torn", "longer", "altered", "other digest", "torn digest", "empty", "never sealed"],
)
def test_a_damaged_file_is_noticed_and_named(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(StorageError, match=r"epoch-3\.state is torn or altered"):
        unseal(damage(seal(CONTENT)), "epoch-3.state")
