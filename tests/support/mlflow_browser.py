"""MLflow's own pages, for tests of what a user sees there."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import PATIENCE, Page

OFFLINE = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def served(uri: str, folder: Path) -> Iterator[str]:
    """Yield the address of `mlflow ui` on a store."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri,
               "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]  # fmt: skip
    with (folder / "mlflow-ui.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, **OFFLINE},
        )  # fmt: skip
    try:
        WebDriverWait(server, 3 * PATIENCE, poll_frequency=0.2).until(lambda _: _answers(address))
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)


def _answers(address: str) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError):
        return urllib.request.urlopen(f"{address}/health", timeout=5).status == 200
    return False


def close_assistant(page: Page) -> None:
    """Keep MLflow's assistant from covering a third of every page, as once it was opened."""
    for key in ("fab.autoOpenedOnFirstLoad_v1", "panelOpen_v1"):
        value = str(key.startswith("fab")).lower()
        page.browser.execute_script(f"localStorage.setItem('mlflow.assistant.{key}', '{value}')")
