"""MLflow's pages in a browser, for tests of what a user sees."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
Sight = TypeVar("Sight")
PATIENCE = 60  # seconds; the machine may be busy
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


@contextlib.contextmanager
def browsing(address: str, folder: Path) -> Iterator["Page"]:
    """Yield a page of a browser without a window, which reaches only this machine."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",  # which is refused to root and in containers
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--window-size=1600,1200",
        f"--user-data-dir={folder / 'chromium'}",
    ):
        options.add_argument(argument)
    # With both paths given, Selenium looks for no driver, here or elsewhere.
    browser = Chrome(options=options, service=Service(str(DRIVER)))
    try:
        browser.get(address)
        # Once it was opened, MLflow's assistant no longer covers a third of every page.
        for key in ("fab.autoOpenedOnFirstLoad_v1", "panelOpen_v1"):
            value = str(key.startswith("fab")).lower()
            browser.execute_script(f"localStorage.setItem('mlflow.assistant.{key}', '{value}')")
        yield Page(browser, address, folder)
    finally:
        browser.quit()


class Page:
    """Page in the browser.

    Attributes:
        pictures: folder for a picture of a page that lacks an expected element.
    """

    def __init__(self, browser: Chrome, address: str, pictures: Path) -> None:
        self.browser, self._address, self.pictures = browser, address, pictures

    def open(self, path: str) -> None:
        # Pages differ only behind the `#`, which alone would load nothing anew.
        self.browser.get("about:blank")
        self.browser.get(f"{self._address}/{path}")

    def all(self, css: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def the(self, css: str, containing: str = "") -> WebElement:
        """Wait for the first visible element of a selector, and return it."""

        def look() -> WebElement | None:
            elements = (e for e in self.all(css) if e.is_displayed() and containing in e.text)
            return next(elements, None)

        return self.until(f"{css} with {containing!r}", look)

    def until(self, what: str, look: Callable[[], Sight | None]) -> Sight:
        """Wait until `look` returns something, and return that."""
        # A page that is drawn anew takes its elements away.
        ignored = [StaleElementReferenceException]
        wait = WebDriverWait(self.browser, PATIENCE, 0.2, ignored_exceptions=ignored)
        try:
            return wait.until(lambda _: look(), f"not to be seen: {what}")
        except TimeoutException:
            self.browser.save_screenshot(str(self.pictures / "page.png"))
            raise
