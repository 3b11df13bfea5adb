"""The lesson on the page: boxes, arithmetic, bars. Its numbers are those of both engines, and add up."""

import json
import re

import numpy as np
import pytest
from built_page import built
from in_browser import MARKS, Keys, click, count, js, one, opened, point_at, press, shown
from test_pencil import HALF, U, computed

from sidebyside.page.backward import IN_BOX

pytestmark = MARKS


def turns():
    return json.loads(built().with_suffix(".verdicts.json").read_text())["steps"]


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


def test_gradients_are_filled_in_as_backward_reaches_them(page):
    seen = """return [...document.querySelectorAll('.chain .node')].filter(
        e => getComputedStyle(e.querySelector('.grad td')).color !== 'rgba(0, 0, 0, 0)').map(e => e.dataset.node)"""
    nodes = [str(step["node"]) for step in turns()]
    for i in range(len(nodes)):
        assert sorted(js(page, seen)) == sorted(nodes[: i + 1])
        if i + 1 < len(nodes):
            click(page, "#on")
    click(page, "#allsteps")
    assert sorted(js(page, seen)) == sorted(nodes)


PENCIL = """
const button = arguments[0], item = button.closest('li'), card = button.closest('.card');
const cell = at => card.querySelector(`[data-at="${at}"]`).textContent;
return {symbols: item.querySelector('.sum').textContent, numbers: item.querySelector('.put').textContent,
        chosen: item.querySelector('.chosen').hidden ? '' : item.querySelector('.chosen b').textContent,
        lit: [...card.querySelectorAll('.lit')].map(e => [e.dataset.at, e.textContent]),
        asked: [...card.querySelectorAll('.asked')].map(e => e.dataset.at), text: button.textContent};
"""


def test_every_entry_that_can_be_asked_writes_its_sum_and_lights_what_it_is_made_of(page):
    pencils = [pencil for step in turns() for sent in step["inputs"] for pencil in sent["pencil"]]
    click(page, "#allsteps")
    buttons = page.find_elements("css selector", ".walk .sent button")
    assert len(buttons) == len(pencils)
    for button, pencil in zip(buttons, pencils, strict=True):
        js(page, "arguments[0].focus()", button)
        found = js(page, PENCIL, button)
        assert found["symbols"] == f"{pencil['entry']} = {pencil['symbols']}"
        assert found["asked"] == [pencil["entry"]]
        assert {at for at, _ in found["lit"]} == set(pencil["uses"])
        assert found["chosen"] == ", ".join(pencil["chosen"])
        (shown_sum, *_), result = re.split(" ?[=≈] ", found["numbers"])[1:2], found["text"]
        terms = len(re.findall(r"\d+(?:\.\d+)?", shown_sum))
        assert abs(computed(shown_sum, {}) - numbers([result])[0]) <= 4 * HALF * (terms + 1), found
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
        for i in range(2, len(turns()) + 1):
            js(browser, "document.getElementById('on').click()")
            assert shown(browser, ".card") == [f"step-{i}"]
            top = js(browser, "return document.querySelector('.card.now').getBoundingClientRect().top")
            assert 0 <= top <= 900 - 240
        wide = """return [...document.querySelectorAll('.walk *')].filter(
            e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"""
        for language in ("es", "en"):
            js(browser, "document.getElementById(arguments[0]).click()", language)
            assert js(browser, wide) == []
            assert js(browser, "return document.documentElement.scrollWidth") == width
    finally:
        browser.width = None
    assert browser.get_log("browser") == []
