"""docs/page.png: the first screen of `minigrad page`, in Chromium.   python -m benchmarks.screenshot

Needs what the page's tests in a browser need: selenium, and Debian's chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from sidebyside.cli import main as minigrad

PICTURE = Path(__file__).parent.parent / "docs" / "page.png"
WIDTH, HEIGHT = 1280, 900
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def screenshot(page: Path) -> bytes:
    """The page as it opens in a window of this size, in light colours: a PNG."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("apt-get install chromium chromium-driver")
    for flag in FLAGS:
        options.add_argument(flag)
    with webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))
    ) as browser:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        light = [{"name": "prefers-color-scheme", "value": "light"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": light})
        browser.get(page.as_uri())
        WebDriverWait(browser, 60).until(
            lambda b: b.execute_script("return document.readyState == 'complete'")
        )
        return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


def main() -> None:
    """Build the page, or take the one that is given, and write the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshot", description=__doc__)
    parser.add_argument("--page", type=Path, metavar="FILE", help="default: build it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = args.page or Path(folder) / "minigrad.html"
        if args.page is None and minigrad(["page", "--out", str(page)]):
            sys.exit("the page could not be built")
        PICTURE.write_bytes(screenshot(page.resolve()))
    print(f"{PICTURE} written")


if __name__ == "__main__":
    main()
