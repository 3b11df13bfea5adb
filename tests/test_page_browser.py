"""The page in Chromium, opened from its file: comforts work, nothing is asked of a network, all of it can be read."""

import json

import pytest
from built_page import HOSTILE, built
from in_browser import (
    CONTRAST,
    MARKS,
    Keys,
    Wait,
    click,
    count,
    js,
    one,
    opened,
    point_at,
    press,
    shown,
    until,
)

from sidebyside.page.pairs import every

pytestmark = MARKS
IDS = [pair.key.replace("/", "-") for pair in every()]


def test_every_pair_is_there_and_nothing_is_asked_of_the_network(page):
    page.get_log("performance")
    opened(page, 1280)
    assert shown(page, ".pair") == IDS
    within = "return [...document.querySelectorAll(arguments[0])].filter(e => !e.querySelector(arguments[1])).map(e => e.id)"
    assert js(page, within, ".pair", ".left pre") == []
    assert js(page, within, ".right", "pre, .aside") == []
    sent = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in sent if e["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {built().as_uri()}


def places(page):
    left = (
        "return arguments[0].map(s => document.querySelector('#ops-mul ' + s).getBoundingClientRect().left)"
    )
    return js(page, left, [".left", ".middle", ".right"])


def assert_nothing_is_wider(page, width):
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    js(page, "document.getElementById('allsteps').click()")
    for language in ("es", "en"):
        js(page, "document.getElementById(arguments[0]).click()", language)
        assert js(page, "return document.documentElement.scrollWidth") == width
    wide = js(page, """return [...document.querySelectorAll('main *:not(var, i, math *, svg *)')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, .maths'))
        .slice(0, 5).map(e => e.outerHTML.slice(0, 120))""")  # fmt: skip
    assert wide == []


def test_at_1280_pixels_three_columns_stand_beside_each_other(page):
    assert_nothing_is_wider(page, 1280)
    left, middle, right = places(page)
    assert left < middle < right


def test_at_400_pixels_they_stack(browser):
    opened(browser, 400)
    assert_nothing_is_wider(browser, 400)
    assert len(set(places(browser))) == 1
    assert browser.get_log("browser") == []


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
    assert one(page, "#said").text == f"{len(found)} pairs"
    press(page, " nothing is so called")
    assert shown(page, ".pair") == []
    press(page, Keys.ESCAPE)
    assert shown(page, ".pair") == IDS


def test_only_differing_leaves_out_what_is_equal(page):
    click(page, "#differing")
    found = shown(page, ".pair")
    assert "ops-exp" in found
    assert "ops-mul" not in found


def test_language_and_colours_can_be_chosen_and_are_kept(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    assert one(page, "h1").text == "The same program, twice"
    one(page, "label:has(#es)").click()
    assert one(page, "h1").text == "El mismo programa, dos veces"
    assert js(page, "return document.documentElement.lang") == "es"
    assert shown(page, ".en") == []
    one(page, "label:has(#light)").click()
    light = js(page, colour)
    one(page, "label:has(#dark)").click()
    dark = js(page, colour)
    assert dark != light
    opened(page, 1280)
    assert one(page, "h1").text == "El mismo programa, dos veces"
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
    assert page.current_url == built().as_uri() + "#optim-SGD"
    page.get(built().as_uri() + "#ops-mul")
    until(page, "return Math.abs(document.querySelector('#ops-mul').getBoundingClientRect().top - 100) < 100")


def step(page):
    """Which card is shown, alone; and the nodes of the graph that are lit and done."""
    (card,) = shown(page, ".card")
    nodes = "return [...document.querySelectorAll(arguments[0])].map(e => e.dataset.node)"
    return card, js(page, nodes, "#backward .node.now"), js(page, nodes, "#backward .node.done")


def test_backward_goes_step_by_step(page):
    turns = json.loads(built().with_name("verdicts.json").read_text())["steps"]
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
    click(page, f'#backward .node[data-node="{nodes[3]}"]')
    assert step(page)[:2] == ("step-4", [nodes[3]])
    assert sorted(step(page)[2]) == sorted(nodes[:3])
    page.get(built().as_uri() + f"#step-{len(turns)}")
    until(page, "return document.querySelector('.card.now').id === arguments[0]", f"step-{len(turns)}")
    assert not one(page, "#on").is_enabled()
    assert one(page, ".card.now .sums").text.count(".grad") == sum(turn["leaf"] is not None for turn in turns)
    click(page, "#allsteps")
    assert len(shown(page, ".card")) == len(turns)


def test_hostile_names_are_text(page):
    assert HOSTILE in js(page, "return document.querySelector('#run').innerText")
    assert count(page, "#run script, #run b:not(.verdictline b, .tiles b)") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, theme):
    js(page, "document.querySelectorAll('details').forEach(each => each.open = true)")
    js(page, "arguments[0].forEach(id => document.getElementById(id).click())", [theme, "allsteps"])
    js(page, "document.querySelectorAll('#ops-relu .left var').forEach(each => each.classList.add('lit'))")
    js(
        page,
        "document.querySelectorAll('#train-manual [data-t]').forEach(each => each.classList.add('twin'))",
    )
    seen, poor = js(page, CONTRAST)
    js(page, "document.querySelectorAll('.lit, .twin').forEach(each => each.classList.remove('lit', 'twin'))")
    assert seen > 10_000
    assert poor == []


def test_on_paper_the_three_columns_stay_all_steps_are_there_and_controls_go(browser):
    opened(browser, 1280, media="print")
    assert shown(browser, ".bar, .controls") == []
    assert len(shown(browser, ".card")) == count(browser, ".card")
    left, middle, right = places(browser)
    assert left < middle < right
    assert js(browser, "return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


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
        assert one(page, "h1").text == "The same program, twice"
        one(page, "label:has(#es)").click()  # the choice itself needs none
        assert one(page, "h1").text == "El mismo programa, dos veces"
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        page.width = None
