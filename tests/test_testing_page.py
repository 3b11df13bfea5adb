"""docs/testing.md: its examples pass, and what fails there fails with the text that stands below it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", TEXT, re.MULTILINE | re.DOTALL)


def the_test(code):
    scope = {}
    exec(code, scope)
    ((_, test),) = [each for each in scope.items() if each[0].startswith("test_")]
    return test


@pytest.mark.parametrize("code", [code for code, said in BLOCKS if not said])
def test_an_example_passes(code):
    the_test(code)()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("2 * x * dz", "x * dz"), ("(dz * z).sum", "dz.sum"), ("x.max(axis=1", "x.min(axis=1")],
)
def test_an_example_finds_a_mistake(right, wrong):
    (code,) = [code for code, said in BLOCKS if right in code and not said]
    found = settings(phases=[Phase.generate], database=None)(the_test(code.replace(right, wrong)))
    with pytest.raises(AssertionError):  # that it fails is enough: the example is not shrunk
        found()


def test_a_failure_says_what_stands_there():
    code, said = next((code, said) for code, said in BLOCKS if said and "def test_" in code)
    with pytest.raises(AssertionError) as caught:
        the_test(code)()
    assert str(caught.value) == said.rstrip("\n")


def test_cmp_says_what_stands_there(capsys):
    code, said = next((code, said) for code, said in BLOCKS if "cmp(" in code)
    exec(code, {})
    *found, last = capsys.readouterr().out.splitlines()
    *wanted, rounding = said.splitlines()
    assert found == wanted
    assert re.match("p: right|p: exact", last)  # how far the last bit is off is the processor's
    assert re.fullmatch(r"p: right: \S+ ulp off where rounding may take \S+", rounding)


IMPORTED_AS = {"scikit-learn": "sklearn", "ipython": "IPython"}


def test_the_tool_needs_nothing_of_the_other_extras():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    others = [re.match(r"[\w-]+", each)[0] for name in ("app", "notebook") for each in extras[name]]
    hidden = {IMPORTED_AS.get(name, name): None for name in others}
    assert len(hidden) > 8
    failing, printing = (
        next(code for code, said in BLOCKS if said and word in code) for word in ("test_relu", "cmp(")
    )
    code = f"""
import sys
sys.modules.update({hidden})
{printing}
{failing}
try:
    test_relu()
except AssertionError as error:
    print(error)
"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "the mean's division by N is forgotten" in found.stdout
    assert "they differ only where x is 0" in found.stdout
