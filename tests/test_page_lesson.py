"""The lesson on the page: boxes, arithmetic, bars. Its numbers are those of both engines, and add up."""

import json
import re

import numpy as np
import pytest
import torch
from built_page import shown as page_shown
from in_browser import MARKS, Keys, click, count, js, one, opened, point_at, press, shown
from test_pencil import HALF, U, computed

from sidebyside.page import crossentropy
from sidebyside.page.backward import IN_BOX

pytestmark = MARKS


def turns():
    return json.loads(page_shown().with_suffix(".verdicts.json").read_text())["steps"]


def numbers(texts):
    return [float(text.replace("−", "-")) for text in texts]


def boxed(page, node, kind):
    cells = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
    row = f'.chain .node[data-node="{node}"] > div:nth-of-type({1 if kind == "data" else 2}) td'
    return numbers(js(page, cells, row))


def test_every_box_has_the_tensor_and_the_gradient_of_both_engines(page):
    assert count(page, ".chain .node") == len(turns())
    for step in turns():
        grad = boxed(page, step["node"], "grad")
        assert grad == [round(v, IN_BOX) for v in np.ravel(step["values"])]
        # 2 ulps of numbers below 1 apart, which a rounding to three decimals may widen
        assert np.abs(np.ravel(step["torch"]["values"]) - grad).max() <= 0.5e-3 + 2 * 2 * U
        assert boxed(page, step["node"], "data") == [round(v, IN_BOX) for v in np.ravel(step["output"])]


FILLED = """return [...document.querySelectorAll('.chain .node')].filter(
    e => getComputedStyle(e.querySelector('.grad td')).color !== 'rgba(0, 0, 0, 0)').map(e => e.dataset.node)"""


def test_gradients_are_filled_in_as_backward_reaches_them(page):
    nodes = [str(step["node"]) for step in turns()]
    for i in range(len(nodes)):
        assert sorted(js(page, FILLED)) == sorted(nodes[: i + 1])
        if i + 1 < len(nodes):
            click(page, "#on")
    click(page, "#allsteps")
    assert sorted(js(page, FILLED)) == sorted(nodes)


def test_on_paper_every_gradient_is_filled_in(browser):
    opened(browser, 1280, media="print")
    assert len(js(browser, FILLED)) == len(turns())


PENCIL = """
return [...document.querySelectorAll('.walk .sent button')].map(button => {
  button.focus();
  const item = button.closest('li'), card = button.closest('.card');
  const entries = name => [...card.querySelectorAll(name)].map(e => e.dataset.at);
  return {symbols: item.querySelector('.sum').textContent, numbers: item.querySelector('.put').textContent,
          chosen: item.querySelector('.chosen').hidden ? '' : item.querySelector('.chosen b').textContent,
          lit: entries('.lit'), asked: entries('.asked'), text: button.textContent}; });
"""


def test_every_entry_that_can_be_asked_writes_its_sum_and_lights_what_it_is_made_of(page):
    pencils = [pencil for step in turns() for sent in step["inputs"] for pencil in sent["pencil"]]
    click(page, "#allsteps")
    asked = js(page, PENCIL)
    assert len(asked) == len(pencils)
    for found, pencil in zip(asked, pencils, strict=True):
        assert found["symbols"] == f"{pencil['entry']} = {pencil['symbols']}"
        assert found["asked"] == [pencil["entry"]]
        assert set(found["lit"]) == set(pencil["uses"])
        assert found["chosen"] == ", ".join(pencil["chosen"])
        put, result = re.split(" ?[=≈] ", found["numbers"])[1], found["text"]
        terms = len(re.findall(r"\d+(?:\.\d+)?", put))
        assert abs(computed(put, {}) - numbers([result])[0]) <= 4 * HALF * (terms + 1), found
        assert found["numbers"].endswith(result)


def test_an_entry_is_asked_by_pointing_by_the_keyboard_and_from_the_start(page):
    opened(page, 1280)
    assert one(page, "#step-1 .sum").text == "dx[0,0] = −dz/2"  # before anything was done
    assert count(page, "#step-1 .asked") == 1
    for _ in range(2):
        click(page, "#on")
    first, second = page.find_elements("css selector", "#step-3 .sent li:nth-child(2) button")[:2]
    point_at(page, second)
    assert one(page, "#step-3 li:nth-child(2) .sum").text == "dweight[0,1] = dz[0,0]·x[0,1] + dz[1,0]·x[1,1]"
    js(page, "arguments[0].focus()", first)
    press(page, Keys.TAB)
    assert js(page, "return document.activeElement === arguments[0]", second)
    assert one(page, "#step-3 li:nth-child(2) .sum").text.startswith("dweight[0,1] = ")


def test_the_forward_values_of_a_rule_stand_on_its_card(page):
    at = "return [...document.querySelectorAll(arguments[0])].map(e => [e.dataset.at, e.textContent])"
    for i, step in enumerate(turns(), 1):
        wanted = {name for sent in step["inputs"] for name in sent["reads"] if name in step["reads"]}
        found = dict(js(page, at, f"#step-{i} .beside [data-at]"))
        assert {name.partition("[")[0] for name in found} == wanted | {"dz"}
        for name in wanted:
            for index, value in np.ndenumerate(np.asarray(step["reads"][name])):
                shown_value = numbers([found[f"{name}[{','.join(map(str, index))}]"]])[0]
                assert abs(shown_value - value) <= HALF


@pytest.mark.parametrize("width", [400, 1024, 1280])
def test_after_each_step_its_card_can_be_seen(browser, width):
    opened(browser, width)
    try:
        js(browser, "document.querySelector('.walk .controls').scrollIntoView()")
        steps = """return Array.from({length: arguments[0]}, () => { document.getElementById('on').click();
            const [card, ...more] = [...document.querySelectorAll('.card')].filter(e => e.offsetHeight);
            return [more.length, card.id, card.getBoundingClientRect().top]; })"""
        for i, (more, card, top) in enumerate(js(browser, steps, len(turns()) - 1), 2):
            assert (more, card) == (0, f"step-{i}")
            assert 0 <= top <= 900 - 240
        wide = """return [...document.querySelectorAll('.walk *, .derivation *:not(math *)')].filter(
            e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"""
        for language in ("es", "en"):
            js(browser, "document.getElementById(arguments[0]).click()", language)
            assert js(browser, wide) == []
            assert js(browser, "return document.documentElement.scrollWidth") == width
    finally:
        browser.width = None
    assert browser.get_log("browser") == []


# -- softmax and cross-entropy ------------------------------------------------------------------------------

BARS = """return [...document.querySelectorAll('.bars tbody tr')].map(row => ['output', '.p b', '.y b', '.g b'].map(
    each => row.querySelector(each).textContent))"""
DRAWN = """return [...document.querySelectorAll('.bars tbody tr')].map(row => ['.p i', '.y i', '.g i'].map(each => {
    const bar = row.querySelector(each).getBoundingClientRect(), cell = row.querySelector(each).parentElement;
    const padding = parseFloat(getComputedStyle(cell).paddingRight), room = cell.getBoundingClientRect();
    const whole = room.width - padding, start = each === '.g i' ? room.left + whole / 2 : room.left;
    const scale = each === '.g i' ? whole / 2 : whole;
    return bar.left < start - 0.5 ? -bar.width / scale : bar.width / scale; }))"""
CHOOSE = """
document.querySelectorAll('.bars [type=range]').forEach((each, j) => { each.value = arguments[0][j]; });
document.querySelectorAll('.bars [type=radio]')[arguments[1]].checked = true;
document.querySelector('.bars').dispatchEvent(new Event('input'));
"""


@pytest.mark.parametrize(
    ("scores", "right"),
    [(crossentropy.SCORES, crossentropy.RIGHT), ([4.0, 4.0, -4.0, 0.0], 2), ([-3.5, 0.1, 2.7, 0.0], 3)],
)
def test_the_bars_are_softmax_one_hot_and_their_difference(page, scores, right):
    if scores != crossentropy.SCORES:
        js(page, CHOOSE, scores, right)
    x = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor([right]))
    loss.backward()
    p, y = torch.softmax(x[0], 0).tolist(), [float(j == right) for j in range(len(scores))]
    found = np.array([numbers(row) for row in js(page, BARS)])
    assert np.abs(found[:, 0] - scores).max() < 1e-9
    for column, wanted in ((1, p), (2, y), (3, x.grad[0].tolist())):
        assert np.abs(found[:, column] - wanted).max() <= 0.5e-3 + 1e-6
    assert one(page, ".loss").text == f"L = −log p{right} = {loss.item():.3f}"
    drawn = np.array(js(page, DRAWN))
    assert np.abs(drawn - np.array([p, y, x.grad[0].tolist()]).T).max() <= 0.02  # a pixel of some 70


@pytest.mark.parametrize(("language", "words"), [("en", "averaged"), ("es", "promedian")])
def test_the_derivation_ends_with_p_minus_y_in_both_languages(page, language, words):
    js(page, "document.getElementById(arguments[0]).click()", language)
    last = page.find_elements("css selector", "#cross-entropy-gradient .lines li")[-1]
    assert words in last.text
    assert "".join(last.find_element("css selector", "math").text.split()) == "dxij=(pij−1[j=yi])·dz/N"


def test_it_is_reached_from_the_contents_and_from_the_rows(page):
    rows = "return [...document.querySelectorAll('.pair')].filter(e => e.querySelector('a[href=\"#cross-entropy-gradient\"]')).map(e => e.id)"
    wanted = {"ops-softmax", "ops-log_softmax", "ops-nll_loss", "nn.functional-cross_entropy", "nn-CrossEntropyLoss",
              "nn-Softmax", "nn-LogSoftmax", "nn-NLLLoss", "train-manual"}  # fmt: skip
    assert set(js(page, rows)) == wanted
    click(page, ".contents a[href='#cross-entropy-gradient']")
    top = "return Math.round(document.getElementById('cross-entropy-gradient').getBoundingClientRect().top)"
    assert 0 <= js(page, top) < 150
    click(page, "#cross-entropy-gradient a[href='#step-2']")
    assert shown(page, ".card") == ["step-2"]
