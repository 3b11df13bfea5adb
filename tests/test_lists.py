"""The page's lists of what one step asks for, of NumPy and of ATen."""

import re

from sidebyside.page import lists

LINE = re.compile(r"(?P<result>[mw]\d+|\[m\d+, m\d+\]) = (?P<name>\w+)\((?P<given>[xmw\d, ]*)\)")


def test_pytorchs_list_computes_what_it_reads_and_changes_each_weight_once():
    known, changed, names = {"x0", "x1", "w0", "w1", "w2", "w3"}, [], []
    for line in lists.theirs().splitlines():
        found = LINE.fullmatch(line)
        assert found, line
        assert set(re.findall(r"\w+", found["given"])) <= known
        known |= set(re.findall(r"\w+", found["result"]))
        names.append(found["name"])
        if found["name"].endswith("_"):
            changed.append(found["result"])
    assert changed == ["w0", "w1", "w2", "w3"]
    assert not {"t", "view", "detach"} & set(names)
    assert names.count("mm") + names.count("addmm") == 5  # two layers forward, two weights, one input


def test_minigrads_list_multiplies_as_often():
    assert sum("w2" in line or "w6" in line or "x0" in line for line in lists.ours().splitlines()[1:]) == 4
