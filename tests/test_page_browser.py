"""The page in Chromium, opened from its file: comforts work, nothing is asked of a network, all of it can be read."""

import json
from pathlib import Path

import pytest
from both import NIGHTLY
from built_page import HOSTILE, SHOWN
from built_page import shown as page_shown
from in_browser import (
    CONTRAST,
    MARKS,
    Keys,
    Wait,
    click,
    count,
    js,
    lay_out,
    one,
    opened,
    point_at,
    press,
    reset,
    shown,
    until,
)

from sidebyside.page import pages, pictures, second
from sidebyside.page.pairs import GROUPS

pytestmark = MARKS
TITLE, TITULO = "How PyTorch computes gradients", "Cómo calcula PyTorch los gradientes"
IDS = [pair.id for pair in SHOWN if pair.group in GROUPS]


def test_every_pair_is_there_and_nothing_is_asked_of_the_network(page):
    page.get_log("performance")
    opened(page, 1280)
    assert shown(page, ".pair") == IDS
    within = "return [...document.querySelectorAll(arguments[0])].filter(e => !e.querySelector(arguments[1])).map(e => e.id)"
    assert js(page, within, ".pair", ".left pre") == []
    assert js(page, within, ".side.right", "pre, .aside") == []
    sent = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in sent if e["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {page_shown().as_uri()}


def boxes(page, *selectors):
    """Where parts of a row are: left, top, width and bottom."""
    script = """return arguments[0].map(s => document.querySelector('#ops-linear ' + s).getBoundingClientRect())
        .map(box => [box.left, box.top, box.width, box.bottom].map(Math.round))"""
    return js(page, script, selectors)


def assert_nothing_is_wider(page, width):
    lay_out(page)
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    js(page, "document.getElementById('allsteps')?.click()")
    for language in ("es", "en"):
        js(page, "document.getElementById(arguments[0]).click()", language)
        assert js(page, "return document.documentElement.scrollWidth") == width
    wide = js(page, """return [...document.querySelectorAll('main *:not(var, i, math *, svg *)')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, .maths'))
        .slice(0, 5).map(e => e.outerHTML.slice(0, 120))""")  # fmt: skip
    assert wide == []


@pytest.fixture(scope="module", params=[1280, 1024, 400] if NIGHTLY else [1280, 400])
def width(request):
    """Of the window, in pixels. Tests of the same width run together, because loading the page takes long."""
    return request.param


@pytest.fixture
def sized(browser, width):
    reset(browser, width)
    yield browser
    assert browser.get_log("browser") == []


def test_mathematics_and_code_fit(sized, width):
    assert_nothing_is_wider(sized, width)
    maths, left, right = boxes(sized, ".maths", ".left", ".right")
    assert maths[3] <= left[1]
    if width == 1280:
        assert left[1] == right[1]
        assert left[0] + left[2] < right[0]
        assert min(left[2], right[2]) >= 560
    else:
        assert left[3] <= right[1]
        assert left[0] == right[0]


# Names with what joins them, as torch.exp, that stand on two lines, though one line has room for them.
SPLIT = """const found = [];
function rects(line, from, to) {
  const range = document.createRange(), ends = [from, to].map(offset => {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (offset <= walker.currentNode.length) return [walker.currentNode, offset];
      offset -= walker.currentNode.length;
    }
  });
  range.setStart(...ends[0]);
  range.setEnd(...ends[1]);
  return [...range.getClientRects()].filter(box => box.width);
}
for (const line of document.querySelectorAll('pre span')) {
  const text = line.textContent.trimEnd();
  if (line.offsetHeight < 30 || text.includes('://')) continue;  // it is not wrapped, or has an address
  const room = line.clientWidth - parseFloat(getComputedStyle(line).paddingLeft);
  for (const word of text.matchAll(/\\S+/g)) {
    if (rects(line, word.index, word.index + word[0].length).reduce((sum, box) => sum + box.width, 0) > room) continue;
    for (const name of word[0].matchAll(/[\\w.]*\\w[.(]/g)) {
      const start = word.index + name.index, tops = rects(line, start, start + name[0].length).map(box => box.top);
      if (Math.max(...tops) - Math.min(...tops) > 6) found.push(name[0]);  // a line is 18 high
    }
  }
}
return found"""


def test_no_line_is_wrapped_within_a_name(sized):
    lay_out(sized)
    js(sized, "document.querySelectorAll('details').forEach(each => each.open = true)")
    assert js(sized, SPLIT) == []


def test_formula_and_verdict_stay_in_sight_above_long_code(sized):
    lay_out_row = "document.querySelector('#ops-linear').scrollIntoView(); requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
    sized.execute_async_script(lay_out_row)
    end = "const row = document.querySelector('#ops-linear'); scrollTo(0, row.offsetTop + row.offsetHeight - 400)"
    js(sized, end)
    bar = js(sized, "return Math.max(0, document.querySelector('.bar').getBoundingClientRect().bottom)")
    for part in (".self", ".maths", ".tier"):
        ((_, top, _, bottom),) = boxes(sized, part)
        assert bar <= top < bottom <= 200


def test_pointing_at_a_line_lights_its_twin(page):
    for key in ("train-manual", "ops-mul", "ops-linear", "models-Custom"):
        point_at(page, one(page, f"#{key} .left [data-t]"))
        assert count(page, f"#{key} .left .twin") >= 1
        assert count(page, f"#{key} .right .twin") >= 1
        assert count(page, ".twin") == count(page, f"#{key} .twin")
        point_at(page, one(page, f"#{key} h3"))
        assert count(page, ".twin") == 0


def test_clicking_a_name_lights_every_use_on_both_sides(page):
    find = "return [...document.querySelectorAll('#ops-relu .left var')].find(v => v.textContent === 'dz')"
    js(page, f"({find.replace('return ', '')}).scrollIntoView({{block: 'center'}})")
    js(page, find).click()
    for side in ("left", "right"):
        assert count(page, f"#ops-relu .{side} var.lit") >= 2
    words = js(page, "return [...new Set([...document.querySelectorAll('var.lit')].map(v => v.textContent))]")
    assert {"dz", "grad"} <= set(words) <= {"dz", "grad", "grad_output"}
    assert "uses in" in one(page, "#said").text
    press(page, Keys.ESCAPE)
    assert count(page, "var.lit") == 0


def test_the_filter_shows_what_is_asked_for(page):
    press(page, "/", "softmax")
    found = shown(page, ".pair")
    assert {"ops-softmax", "ops-log_softmax", "nn-Softmax", "nn.functional-cross_entropy"} <= set(found)
    assert "ops-mul" not in found
    assert shown(page, ".lead, .walk, .pocket, .measured, .run, .graphs, .unpaired, .lede") == []
    press(page, Keys.ESCAPE)
    assert shown(page, ".pair") == IDS
    assert len(shown(page, "main > section")) == count(page, "main > section")


QUERIES = "softmax", "cross entropy", "dW", "exp", "backward", "Linear", "sum", "grad", "view", "zzz"
LABELS = """const boxes = [...document.querySelectorAll('.index a')].map(a => a.getBoundingClientRect()).filter(box => box.height);
return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => a.left < b.right && b.left < a.right
                                                           && a.top < b.bottom - 1 && b.top < a.bottom - 1).map(b => [a, b]))"""
LINKS = "return [...document.querySelectorAll('.chip')].filter(each => each.offsetHeight).map(each => each.hash.slice(1))"


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_found_is_counted_linked_and_shown_and_labels_do_not_overlap(page, query):
    press(page, "/", query)
    found = shown(page, ".pair")
    assert js(page, LINKS) == found
    assert js(page, LABELS) == []
    groups = "return [...document.querySelectorAll('.index .group')].filter(e => e.offsetHeight).map(e => e.hash.slice(1))"
    assert js(page, groups) == shown(page, "section.group")
    said = "nothing found" if not found else "1 row" if len(found) == 1 else f"{len(found)} rows"
    assert one(page, "#said").text == said
    assert (query == "zzz") == (found == [])
    assert js(page, "return scrollY") == 0


def test_labels_do_not_overlap_in_spanish(sized):
    js(sized, "document.getElementById('es').click()")
    assert js(sized, LABELS) == []


def test_a_formula_is_searched(page):
    press(page, "/", "dW")
    assert {"nn-Linear", "ops-linear"} <= set(shown(page, ".pair"))


@pytest.mark.parametrize(
    ("language", "said", "shows"),
    [("en", "nothing found", "Nothing found."), ("es", "sin resultados", "Sin resultados.")],
)
def test_that_nothing_is_found_is_said(page, language, said, shows):
    click(page, f"label:has(#{language})")
    assert not one(page, "#nothing").is_displayed()
    press(page, "/", "zzz")
    assert one(page, "#said").text == said
    assert one(page, "#nothing").text.startswith(shows)
    press(page, Keys.ESCAPE)
    assert one(page, "#said").text == ""
    assert not one(page, "#nothing").is_displayed()


def test_enter_goes_to_the_first_hit_and_escape_stays_there(page):
    press(page, "/", "cross entropy", Keys.ENTER)
    first = "nn.functional-cross_entropy"
    assert js(page, "return location.hash") == f"#{first}"
    top = "return document.getElementById(arguments[0]).getBoundingClientRect().top"
    assert 0 <= js(page, top, first) < 100
    press(page, Keys.ESCAPE)
    assert 0 <= js(page, top, first) < 100


def test_escape_goes_back_to_where_one_was(page):
    js(page, "scrollTo(0, 3000)")
    press(page, "/", "softmax")
    assert js(page, "return scrollY") == 0
    press(page, Keys.ESCAPE)
    assert js(page, "return scrollY") == 3000


def test_a_link_to_what_the_filter_hides_shows_it(page):
    press(page, "/", "softmax")
    click(page, "#ops-softmax .tier")
    assert one(page, "#measured").is_displayed()
    assert one(page, "#find").get_attribute("value") == ""
    until(
        page, "return Math.abs(document.querySelector('#measured').getBoundingClientRect().top - 100) < 100"
    )


def test_only_differing_leaves_out_what_is_equal(page):
    click(page, "#differing")
    found = shown(page, ".pair")
    assert "ops-exp" in found
    assert "ops-mul" not in found
    assert js(page, LINKS) == found
    assert one(page, "#said").text == f"{len(found)} rows"
    press(page, "/", "mul")
    assert js(page, LINKS) == shown(page, ".pair")
    assert "ops-mul" not in shown(page, ".pair")


def test_language_and_colours_can_be_chosen_and_are_kept(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    assert one(page, "h1").text == TITLE
    one(page, "label:has(#es)").click()
    assert one(page, "h1").text == TITULO
    assert js(page, "return document.documentElement.lang") == "es"
    lay_out(page)
    assert shown(page, ".en") == []
    one(page, "label:has(#light)").click()
    light = js(page, colour)
    one(page, "label:has(#dark)").click()
    dark = js(page, colour)
    assert dark != light
    opened(page, 1280)
    assert one(page, "h1").text == TITULO
    assert js(page, colour) == dark
    one(page, "label:has(#auto)").click()
    for scheme, expected in (("light", light), ("dark", dark)):
        asked = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", asked)
        assert js(page, colour) == expected
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_keys_go_from_pair_to_pair(page):
    press(page, "j")
    assert js(page, "return location.hash") == f"#{IDS[0]}"
    press(page, "jj")
    assert js(page, "return location.hash") == f"#{IDS[2]}"
    press(page, "k")
    assert js(page, "return location.hash") == f"#{IDS[1]}"


def test_a_permalink_opens_at_its_pair(page):
    click(page, "a.chip[href='#optim-SGD']")
    until(
        page, "return Math.abs(document.querySelector('#optim-SGD').getBoundingClientRect().top - 100) < 100"
    )
    assert page.current_url == page_shown().as_uri() + "#optim-SGD"
    page.get(page_shown().as_uri() + "#ops-mul")
    until(page, "return Math.abs(document.querySelector('#ops-mul').getBoundingClientRect().top - 100) < 100")


def step(page):
    """Which card is shown, alone; and the nodes of the graph that are lit and done."""
    (card,) = shown(page, ".card")
    nodes = "return [...document.querySelectorAll(arguments[0])].map(e => e.dataset.node)"
    return card, js(page, nodes, ".chain .node.now"), js(page, nodes, ".chain .node.done")


def test_backward_goes_step_by_step(page):
    turns = json.loads(page_shown().with_suffix(".verdicts.json").read_text())["steps"]
    nodes = [str(turn["node"]) for turn in turns]
    assert step(page) == ("step-1", nodes[:1], [])
    assert not one(page, "#back").is_enabled()
    click(page, "#on")
    assert step(page) == ("step-2", nodes[1:2], nodes[:1])
    press(page, Keys.ARROW_RIGHT)
    assert step(page)[0] == "step-3"
    assert one(page, "#place").text == f"3 / {len(turns)}"
    press(page, Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert step(page)[0] == "step-1"
    click(page, f'.chain .node[data-node="{nodes[3]}"]')
    assert step(page)[:2] == ("step-4", [nodes[3]])
    assert sorted(step(page)[2]) == sorted(nodes[:3])
    page.get(page_shown().as_uri() + f"#step-{len(turns)}")
    until(page, "return document.querySelector('.card.now').id === arguments[0]", f"step-{len(turns)}")
    assert not one(page, "#on").is_enabled()
    click(page, ".card.now details:last-of-type summary")
    assert one(page, ".card.now .sums").text.count(".grad") == sum(turn["leaf"] is not None for turn in turns)
    click(page, "#allsteps")
    assert len(shown(page, ".card")) == len(turns)


def test_hostile_names_are_text(page):
    assert HOSTILE in js(page, "return document.querySelector('#run').innerText")
    assert count(page, "#run script, #run b:not(.verdictline b, .tiles b)") == 0


def show_all(page):
    """All that is folded or out of sight, the lit names and lines, every card."""
    lay_out(page)
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    js(page, "document.querySelectorAll('#allsteps:not(:checked)').forEach(each => each.click())")
    js(page, "document.querySelectorAll('#ops-relu .left var').forEach(each => each.classList.add('lit'))")
    lines = "document.querySelectorAll('#train-manual [data-t]').forEach(each => each.classList.add('twin'))"
    js(page, lines)


def assert_all_stands_out(page, least=5_000):
    seen, poor = js(page, CONTRAST)
    js(page, "document.querySelectorAll('.lit, .twin').forEach(each => each.classList.remove('lit', 'twin'))")
    assert seen > least
    assert poor == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, theme):
    js(page, "document.getElementById(arguments[0]).click()", theme)
    show_all(page)
    assert_all_stands_out(page)


@pytest.fixture
def printed(page):
    """The page, and a function that shows it as printed where the system's colours are these."""

    def on_paper(system):
        asked = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": system}]}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", asked)

    yield on_paper
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@pytest.mark.parametrize(("system", "theme"), [("light", "dark"), ("dark", "auto"), ("dark", "light")])
def test_on_paper_text_is_dark_on_white_whatever_was_chosen(page, printed, system, theme):
    js(page, "document.getElementById(arguments[0]).click()", theme)
    if theme == "dark":
        show_all(page)
    printed(system)
    if theme == "dark":  # all colours depend on the scheme alone: in the others they are the same
        assert_all_stands_out(page)
    assert js(page, "return getComputedStyle(document.documentElement).colorScheme") == "light"
    assert js(page, "return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert js(page, "return getComputedStyle(document.querySelector('h1')).color") == "rgb(34, 39, 46)"


def test_on_paper_the_columns_stay_all_steps_are_there_and_controls_go(page, printed):
    printed("light")
    assert shown(page, ".bar, .controls") == []
    assert len(shown(page, ".card")) == count(page, ".card")
    left, right = boxes(page, ".left", ".right")
    assert left[0] + left[2] < right[0]


def test_the_second_page_fits_and_stands_out(browser, width):
    opened(browser, width, file=second(page_shown()))
    assert shown(browser, ".pair") == [pair.id for pair in SHOWN if pair.group not in GROUPS]
    press(browser, "/", "gelu")
    assert js(browser, LINKS) == shown(browser, ".pair") != []
    press(browser, Keys.ESCAPE)
    assert_nothing_is_wider(browser, width)
    assert js(browser, SPLIT) == []
    assert js(browser, LABELS) == []
    for theme in ("light", "dark") if width == 1280 else ():
        js(browser, "document.getElementById(arguments[0]).click()", theme)
        assert_all_stands_out(browser, 1000)
    click(browser, ".intro a")
    until(browser, "return location.href == arguments[0]", page_shown().as_uri())
    assert browser.get_log("browser") == []


# But for contrast, which is measured above on the whole page, in both themes.
FAULTS = """const [done] = arguments, told = found => found.violations.map(each =>
    [each.impact, each.help, ...each.nodes.slice(0, 3).map(node => node.html.slice(0, 100))]);
axe.run(document, {rules: {'color-contrast': {enabled: false}}, resultTypes: ['violations']}).then(found => done([found.passes.length, told(found)]), done);"""
# Of every text of code its first lines: axe looks at each word, and the words are alike.
SHORTEN = "document.querySelectorAll('pre').forEach(each => [...each.querySelectorAll('code > span')].slice(6).forEach(line => line.remove()))"


def test_axe_finds_no_fault(browser, tmp_path):
    """A page with a few rows has all that the whole one has; on that, axe takes minutes."""
    rules = pytest.importorskip(
        "axe_core_python", reason="THE PAGE IS NOT SHOWN TO AXE: pip install axe-core-python"
    )
    numbers = json.loads(page_shown().with_suffix(".verdicts.json").read_text())
    rows = [pair for pair in SHOWN if pair.key in ("nn/Linear", "ops/to_device")]
    small = tmp_path / "small.html"
    run = pictures.read(page_shown().parent / "run")
    small.write_text(pages(rows, numbers, small, "small.json", run)[small], encoding="utf-8")
    browser.width = None
    browser.get(small.as_uri())
    show_all(browser)
    js(browser, SHORTEN)
    js(browser, (Path(rules.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    passed, faults = browser.execute_async_script(FAULTS)
    assert passed >= 30
    assert faults == []


def test_without_scripts_the_page_is_whole(page):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(page, 1280)
        # without scripts nothing tells the driver that all has been read
        pairs = Wait(page, 120).until(
            lambda page: len(found := page.find_elements("css selector", ".pair")) == len(IDS) and found
        )
        assert pairs[0].is_displayed()
        assert all(card.is_displayed() for card in page.find_elements("css selector", ".card"))
        assert not one(page, "#find").is_displayed()
        assert not one(page, "#on").is_displayed()
        assert one(page, "h1").text == TITLE
        one(page, "label:has(#es)").click()  # the choice itself needs none
        assert one(page, "h1").text == TITULO
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        page.width = None
