"""The page in Chromium, opened from its file: comforts work, nothing is asked of a network, all of it can be read."""

import json
import shutil

import pytest
from built_page import built

from sidebyside.page.pairs import every

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="the page is not tried in a browser: pip install selenium"
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="the page is not tried in a browser: apt-get install chromium chromium-driver",
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # selenium's sockets
]
IDS = [pair.key.replace("/", "-") for pair in every()]


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(30)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    browser.get_log("browser"), browser.get_log("performance")
    opened(browser, 1280)
    js(browser, "document.getElementById('en').click(); document.getElementById('auto').click()")
    return browser


def opened(browser, width, height=900, media=""):
    """The page in a window of this size, which headless Chromium takes on only while nothing is shown in it."""
    browser.get("about:blank")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
    browser.get(built().as_uri())


def js(page, script, *args):
    return page.execute_script(script, *args)


def press(page, key):
    js(page, "document.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))", key)


def test_every_pair_is_there_and_nothing_is_asked_of_the_network(page):
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    assert (
        js(
            page,
            "return [...document.querySelectorAll('.pair')].filter(each => each.offsetHeight).map(each => each.id)",
        )
        == IDS
    )
    assert (
        js(
            page,
            "return [...document.querySelectorAll('.pair')].filter(p => !p.querySelector('.left pre')).length",
        )
        == 0
    )
    assert (
        js(
            page,
            "return [...document.querySelectorAll('.right')].filter(p => !p.querySelector('pre, .aside')).length",
        )
        == 0
    )
    said = [
        entry
        for entry in page.get_log("browser")
        if "script" not in entry.get("source", "") or entry["level"] != "INFO"
    ]
    assert said == []
    sent = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in sent if e["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {built().as_uri()}


@pytest.mark.parametrize("width", [400, 1000, 1280])
def test_nothing_is_wider_than_the_window(browser, width):
    opened(browser, width)
    js(browser, "document.querySelectorAll('details').forEach(each => each.open = true)")
    for language in ("es", "en"):
        js(browser, "document.getElementById(arguments[0]).click()", language)
        assert js(browser, "return document.documentElement.scrollWidth") == width
        wide = js(browser, """return [...document.querySelectorAll('main *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, .maths, pre i'))
            .slice(0, 5).map(e => e.outerHTML.slice(0, 120))""")  # fmt: skip
        assert wide == []


def test_columns_stand_beside_each_other_and_stack_on_a_phone(page):
    places = "return ['.left', '.middle', '.right'].map(s => document.querySelector('#ops-mul ' + s).getBoundingClientRect().left)"
    left, middle, right = js(page, places)
    assert left < middle < right
    opened(page, 400)
    assert len(set(js(page, places))) == 1


def test_pointing_at_a_line_lights_its_twin(page):
    lit = """const line = document.querySelector(arguments[0] + ' .left [data-t]');
        line.scrollIntoView({block: 'center'});
        line.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
        const there = document.querySelectorAll(arguments[0] + ' .right .twin').length;
        line.dispatchEvent(new MouseEvent('mouseover', {bubbles: true, relatedTarget: line}));
        document.body.dispatchEvent(new MouseEvent('mouseover', {bubbles: true, relatedTarget: line}));
        return [there, document.querySelectorAll('.twin').length]"""
    for key in ("#train-manual", "#ops-mul", "#ops-linear", "#models-Custom"):
        there, afterwards = js(page, lit, key)
        assert there >= 1, key
        assert afterwards == 0, key


def test_clicking_a_name_lights_every_use_on_both_sides(page):
    js(
        page,
        "[...document.querySelectorAll('#ops-relu .left var')].find(v => v.textContent === 'dz').click()",
    )
    left, right = (
        js(page, f"return document.querySelectorAll('#ops-relu .{side} var.lit').length")
        for side in ("left", "right")
    )
    assert left >= 2
    assert right >= 2
    words = js(page, "return [...new Set([...document.querySelectorAll('var.lit')].map(v => v.textContent))]")
    assert set(words) <= {"dz", "grad", "grad_output"}
    assert "uses in" in js(page, "return document.getElementById('said').textContent")
    press(page, "Escape")
    assert js(page, "return document.querySelectorAll('var.lit').length") == 0


def visible(page):
    return js(
        page,
        "return [...document.querySelectorAll('.pair')].filter(each => each.offsetParent).map(each => each.id)",
    )


def test_the_filter_shows_what_is_asked_for(page):
    js(
        page,
        "const f = document.getElementById('find'); f.value = 'softmax'; f.dispatchEvent(new Event('input'))",
    )
    found = visible(page)
    assert {"ops-softmax", "ops-log_softmax", "nn-Softmax", "nn.functional-cross_entropy"} <= set(found)
    assert "ops-mul" not in found
    js(
        page,
        "const f = document.getElementById('find'); f.value = 'nothing is so called'; f.dispatchEvent(new Event('input'))",
    )
    assert visible(page) == []
    press(page, "Escape")
    assert visible(page) == IDS


def test_only_differing_leaves_out_what_is_equal(page):
    js(page, "document.getElementById('differing').click()")
    found = visible(page)
    assert "ops-exp" in found
    assert "ops-mul" not in found


def test_language_and_colours_can_be_chosen(page):
    lead = "return document.querySelector('h1').innerText"
    assert js(page, lead) == "The same program, twice"
    js(page, "document.getElementById('es').click()")
    assert js(page, lead) == "El mismo programa, dos veces"
    assert js(page, "return document.documentElement.lang") == "es"
    assert js(page, "return [...document.querySelectorAll('.en')].filter(e => e.offsetParent).length") == 0
    colour = "return getComputedStyle(document.body).backgroundColor"
    js(page, "document.getElementById('light').click()")
    light = js(page, colour)
    js(page, "document.getElementById('dark').click()")
    assert js(page, colour) != light
    page.get(built().as_uri())  # what was chosen is kept
    assert js(page, lead) == "El mismo programa, dos veces"


def test_keys_go_from_pair_to_pair(page):
    where = "return location.hash"
    press(page, "j")
    assert js(page, where) == f"#{IDS[0]}"
    press(page, "j")
    press(page, "j")
    assert js(page, where) == f"#{IDS[2]}"
    press(page, "k")
    assert js(page, where) == f"#{IDS[1]}"
    press(page, "/")
    assert js(page, "return document.activeElement.id") == "find"


def test_a_permalink_opens_at_its_pair(page):
    page.get(built().as_uri() + "#optim-SGD")
    assert 0 <= js(page, "return document.getElementById('optim-SGD').getBoundingClientRect().top") < 200


def test_hostile_names_are_text(page):
    assert '<script>alert("x")</script><b>&' in js(page, "return document.querySelector('#run').innerText")
    assert js(page, "return document.querySelectorAll('#run script, #run b:not(.verdictline b)').length") == 0


# Every text's colour beside what is painted behind it: WCAG 2.2, 1.4.3, 4.5 to 1, or 3 to 1 for large text.
CONTRAST = """
const rgb = text => { const c = text.match(/[\\d.]+/g).map(Number); return c.length > 3 ? c : [...c, 1]; };
const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                     return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = element => {
  if (!element) return [255, 255, 255];
  const own = rgb(getComputedStyle(element).backgroundColor);
  return own[3] === 1 ? own : over(own, behind(element.parentElement));
};
const poor = new Map(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement, style = getComputedStyle(element);
  if (!walker.currentNode.data.trim() || element.closest('script, style, title, .hidden') || !element.getClientRects().length) continue;
  seen += 1;
  const under = behind(element), paint = element.closest('svg') ? style.fill : style.color;
  const a = light(over(rgb(paint), under)), b = light(under), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) poor.set(paint + ' on ' + under, ratio.toFixed(2) + ' ' + walker.currentNode.data.slice(0, 40));
}
return [seen, [...poor].slice(0, 8)]
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, theme):
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    js(page, f"document.getElementById('{theme}').click()")
    js(
        page,
        "[...document.querySelectorAll('#ops-relu .left var')].find(v => v.textContent === 'dz').click()",
    )
    js(
        page,
        "document.querySelectorAll('#train-manual [data-t]').forEach(line => line.classList.add('twin'))",
    )
    seen, poor = js(page, CONTRAST)
    js(page, "document.getElementById('auto').click()")
    assert seen > 5000
    assert poor == []


def test_without_scripts_the_page_is_whole(page):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(built().as_uri())
        shown = page.find_elements("css selector", ".pair")
        assert len(shown) == len(IDS)
        assert shown[0].is_displayed()
        assert not page.find_element("id", "find").is_displayed()
        assert page.find_element("tag name", "h1").text == "The same program, twice"
        page.find_element("css selector", "label:has(#es)").click()  # the choice itself needs none
        assert page.find_element("tag name", "h1").text == "El mismo programa, dos veces"
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_on_paper_the_three_columns_stay_and_controls_go(page):
    opened(page, 1280, media="print")
    assert js(page, "return document.querySelector('.bar').offsetHeight") == 0
    place = "return document.querySelector('#ops-mul .' + arguments[0]).getBoundingClientRect().left"
    assert js(page, place, "left") < js(page, place, "right")
    assert js(page, "return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
