"""docs/page.png: the step-through of `minigrad page`, in Chromium.   python -m benchmarks.screenshot

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
STEP = 3  # the first that sends gradients to weights
# Step on, and then what is to be seen: from the buttons to the end of the graph and of the step's card.
STEP_ON = "for (let step = 1; step < arguments[0]; step++) document.querySelector('#on').click()"
SHOWN = """
const top = document.querySelector('#backward .controls').getBoundingClientRect().top + scrollY;
const bottom = document.querySelector('#backward .walkway').getBoundingClientRect().bottom + scrollY;
return {y: top - 8, height: bottom - top + 24};
"""
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def screenshot(page: Path) -> bytes:
    """The page in a window of this size, in light colours, at that step: a PNG."""
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
        browser.execute_script(STEP_ON, STEP)
        clip = {"x": 0, "width": WIDTH, "scale": 1, **browser.execute_script(SHOWN)}
        asked = {"format": "png", "clip": clip, "captureBeyondViewport": True}
        return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"])


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
