"""The page in Chromium: what the tests of the page in a browser share. conftest.py has the fixtures."""

import shutil

import pytest
from built_page import shown as page_shown

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="THE PAGE IS NOT TRIED IN A BROWSER: pip install selenium"
)
Keys, Wait = webdriver.Keys, pytest.importorskip("selenium.webdriver.support.ui").WebDriverWait
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MARKS = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="THE PAGE IS NOT TRIED IN A BROWSER: apt-get install chromium chromium-driver",
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # selenium's sockets
]
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
# The page as it is when it opens: loading it again for every test would take most of the time.
RESET = """
document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
for (const each of document.querySelectorAll('details')) each.open = false;
for (const each of document.querySelectorAll('.pair')) each.style.contentVisibility = '';
for (const each of document.querySelectorAll('#differing:checked, #allsteps:checked')) each.click();
for (const id of ['en', 'auto']) document.getElementById(id).click();
document.querySelector('.chain .node').dispatchEvent(new MouseEvent('click', {bubbles: true}));
history.replaceState(null, '', location.pathname);
scrollTo(0, 0);
"""


def started():
    """A Chromium that keeps what its console says and what it asks of the network."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in FLAGS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(300)
    driver.set_page_load_timeout(300)
    driver.width = None
    return driver


def reset(browser, width=1280):
    """The page in a window of this width, as it is when it opens."""
    if browser.width != width:
        opened(browser, width)
    js(browser, RESET)


def opened(browser, width, media="", file=None):
    """The page, or another file, in a window of this width.

    Headless Chromium takes on the width only while nothing is shown in it.
    """
    browser.get("about:blank")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": []})
    browser.get((file or page_shown()).as_uri())
    # on a busy machine get() now and then returns while the page is being read
    until(browser, "return location.protocol == 'file:' && document.readyState == 'complete'")
    browser.width = None if media or file else width


def js(page, script, *args):
    return page.execute_script(script, *args)


def one(page, selector):
    return page.find_element("css selector", selector)


def click(page, selector):
    """With the mouse, in the middle of the window: at its top things would lie under the bar."""
    element = one(page, selector)
    js(page, "arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def lay_out(page):
    """All rows at once, as on paper. Chromium would lay out each that is out of sight when something of it is asked."""
    js(page, "document.querySelectorAll('.pair').forEach(each => each.style.contentVisibility = 'visible')")


def count(page, selector):
    return js(page, "return document.querySelectorAll(arguments[0]).length", selector)


def shown(page, selector):
    """The ids of those that can be seen."""
    return js(
        page,
        "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetHeight).map(e => e.id)",
        selector,
    )


def press(page, *keys):
    webdriver.ActionChains(page).send_keys(*keys).perform()


def point_at(page, element):
    webdriver.ActionChains(page).move_to_element(element).perform()


def until(page, condition, *args):
    """Wait for what a script returns to be true."""
    Wait(page, 120, poll_frequency=0.05).until(lambda page: js(page, condition, *args))


# Every text's colour beside what is painted behind it: WCAG 2.2, 1.4.3, 4.5 to 1, or 3 to 1 for large text.
CONTRAST = """
const rgb = text => { const c = text.match(/[\\d.]+/g).map(Number); return c.length > 3 ? c : [...c, 1]; };
const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => linear(v / 255));
                     return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const known = new Map();
const behind = element => {
  if (!element) return [255, 255, 255];
  if (!known.has(element)) {
    const own = rgb(getComputedStyle(element).backgroundColor);
    known.set(element, own[3] === 1 ? own : over(own, behind(element.parentElement)));
  }
  return known.get(element);
};
const boxed = element => {  // in a graph, text stands in front of its node's box
  const box = element.closest('.node')?.querySelector('rect.box');
  if (!box) return behind(element);
  const style = getComputedStyle(box), fill = rgb(style.fill);
  return over([...fill.slice(0, 3), fill[3] * style.fillOpacity], behind(element));
};
// Elements of one tag and class within alike ones are alike, but for the bar's, of which some are chosen: asked once.
const kinds = new Map([[document.body, '']]), ratios = new Map(), poor = new Map();
const kind = element => {
  if (!kinds.has(element)) {
    const place = (element.previousElementSibling ? '' : 'first ') + (element.nextElementSibling ? '' : 'last ');
    const chosen = element.localName === 'label' ? kinds.size : '';
    const own = element.localName + '.' + element.getAttribute('class') + place + chosen;
    kinds.set(element, kind(element.parentElement) + '>' + own);
  }
  return kinds.get(element);
};
const ratio = element => {
  if (element.closest('script, style, title, .hidden') || !element.getClientRects().length) return null;
  const style = getComputedStyle(element), drawn = element.closest('svg');
  const under = drawn ? boxed(element) : behind(element);
  const a = light(over(rgb(drawn ? style.fill : style.color), under)), b = light(under);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) / (large ? 3 : 4.5);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  if (!walker.currentNode.data.trim()) continue;
  const name = kind(walker.currentNode.parentElement), text = walker.currentNode.data.slice(0, 40);
  if (!ratios.has(name)) ratios.set(name, ratio(walker.currentNode.parentElement));
  seen += ratios.get(name) !== null;
  if (ratios.get(name) !== null && ratios.get(name) < 1) poor.set(name.slice(-60), text);
}
return [seen, [...poor].slice(0, 8)]
"""
