from pathlib import Path

import platformdirs
import pytest

from fairser_core.cache_folder import cache_folder


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize("unset", [True, False])
def test_without_it_the_users_cache_folder_is_taken(
    monkeypatch: pytest.MonkeyPatch, unset: bool
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", "")
    if unset:
        monkeypatch.delenv("FAIRSER_CACHE")
    assert cache_folder() == Path(platformdirs.user_cache_dir("fairser"))
