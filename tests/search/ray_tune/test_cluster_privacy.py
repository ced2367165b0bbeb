"""A cluster's token and folder: for this user alone."""

import stat
from pathlib import Path

import pytest
import ray

from search.ray_tune.cluster import connected
from search.ray_tune.cluster_privacy import keep_token_private, private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".ray" / "auth_token"


def test_a_token_is_made_that_only_its_user_reads(token: Path) -> None:
    keep_token_private()
    first = token.read_text()
    assert len(first) == 64
    assert (mode(token), mode(token.parent)) == (0o600, 0o700)
    keep_token_private()
    assert token.read_text() == first


def test_a_token_that_all_can_read_is_hidden_and_kept(token: Path) -> None:
    token.parent.mkdir()
    token.write_text("abc")
    token.chmod(0o644)
    keep_token_private()
    assert (token.read_text(), mode(token)) == ("abc", 0o600)


def test_a_token_that_the_user_names_is_not_touched(
    token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "abc")
    keep_token_private()
    assert not token.exists()


def test_a_folder_is_closed_to_others_and_removed() -> None:
    with private_folder() as folder:
        assert mode(folder.parent) == 0o700
        folder.mkdir(mode=0o777)
        (folder / "file").write_text("")
        assert len(str(folder)) < 40
    assert not folder.parent.exists()


@pytest.mark.ray
def test_ray_keeps_to_the_folder() -> None:  # with the real token, which Ray keeps for a process
    with connected(None):
        folder = Path(ray._private.worker._global_node.temp_dir)
        assert mode(folder.parent) == 0o700
        assert (folder / "session_latest").exists()
    assert not folder.parent.exists()
