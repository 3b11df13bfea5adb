"""The cheat sheet in Chromium: it fits every window and one sheet of paper, and can be read."""

import base64
import re

import pytest
from in_browser import CONTRAST, MARKS, js

from sidebyside.page import cheatsheet
from sidebyside.page.pair import Said

pytestmark = MARKS
INCH = 25.4


@pytest.fixture(scope="module", params=Said._fields)
def sheet(request, tmp_path_factory, browser):
    browser.width = None  # the other tests' page is no longer open
    out = tmp_path_factory.mktemp("sheet") / "cheatsheet.html"
    out.write_text(cheatsheet.sheet(request.param), encoding="utf-8")
    return out.as_uri()


@pytest.mark.parametrize("width", [1280, 800, 400])
def test_it_fits_and_can_be_read(browser, sheet, width):
    browser.get("about:blank")  # headless Chromium takes on a width only while nothing is shown
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get(sheet)
        assert js(browser, "return document.documentElement.scrollWidth") == width
        seen, poor = js(browser, CONTRAST)
        assert seen > 300
        assert poor == []
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(("width", "height"), [(210, 297), (8.5 * INCH, 11 * INCH)], ids=["A4", "letter"])
def test_it_is_printed_on_one_sheet(browser, sheet, width, height):
    browser.get(sheet)
    margins = {f"margin{side}": 10 / INCH for side in ("Top", "Bottom", "Left", "Right")}
    size = {"paperWidth": width / INCH, "paperHeight": height / INCH}
    printed = browser.execute_cdp_cmd("Page.printToPDF", size | margins)
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))) == 1
    # no formula reaches into the next column
    wide = """return [...document.querySelectorAll('td')].filter(e => e.scrollWidth > e.clientWidth + 1)
        .map(e => e.textContent)"""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": 718, "height": 900, "deviceScaleFactor": 1, "mobile": False})  # 190 mm  # fmt: skip
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert js(browser, wide) == []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
