"""Pages in a browser, for tests of what a user sees."""

import contextlib
import shutil
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
