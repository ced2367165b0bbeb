"""A cluster's token and folder: for this user alone."""

import stat
from pathlib import Path

import pytest
import ray

from search.ray_tune import cluster_privacy
from search.ray_tune.cluster import connected
from search.ray_tune.cluster_error import ClusterError
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


def test_a_folder_whose_path_leaves_no_room_for_sockets_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("RAY_TMPDIR", str(deep))
    with (
        pytest.raises(ClusterError, match=r"at most \d+ bytes, .* by the variable RAY_TMPDIR$"),
        private_folder(),
    ):
        pass
    assert not list(deep.iterdir())
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path / "missing"))
    with pytest.raises(ClusterError, match="no folder for Ray can be made in"), private_folder():
        pass


def test_a_long_folder_for_temporary_files_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    with private_folder() as folder:
        assert not folder.is_relative_to(deep)


def test_ray_that_does_not_start_says_so_first_and_its_log_stays(
    token: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_temp_dir: str, **options: object) -> None:
        logs = Path(_temp_dir) / "session_latest" / "logs"
        logs.mkdir(parents=True)
        (logs / "raylet.err").write_text("bind: address in use")
        raise RuntimeError("The raylet died. Some\nmore lines.")

    monkeypatch.setattr(ray, "init", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    log, outside = tmp_path / "user" / "ray.log", tmp_path / "outside"
    monkeypatch.setattr(cluster_privacy, "log_file", lambda: log)
    log.parent.mkdir()
    outside.write_text("mine")
    log.symlink_to(outside)  # or what the last failure left
    with pytest.raises(ClusterError) as error, connected(None):
        pass
    assert outside.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {".ray", "user", "outside"}
    assert str(error.value) == f"Ray did not start: The raylet died (Ray's log: {log})"
    assert mode(log) == 0o600
    assert log.read_text() == (
        "The raylet died. Some\nmore lines.\n\n==> raylet.err <==\nbind: address in use"
    )


def test_the_working_directory_stays_here_under_uv() -> None:
    assert not ray._private.ray_constants.RAY_ENABLE_UV_RUN_RUNTIME_ENV


@pytest.mark.ray
def test_ray_keeps_to_the_folder() -> None:  # with the real token, which Ray keeps for a process
    with connected(None):
        folder = Path(ray._private.worker._global_node.temp_dir)
        assert mode(folder.parent) == 0o700
        assert (folder / "session_latest").exists()
    assert not folder.parent.exists()
