"""benchmarks.tutorials reads made-up tutorials, which names of torch they use and minigrad lacks, and plays them."""

import ast
import itertools
import json
from urllib import request
from urllib.error import URLError

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks.tutorials import __main__ as command
from benchmarks.tutorials import inside, names, play, sources, table
from benchmarks.tutorials.inside import Downloads, Rounds, openml

PAGE = """# A page
```{.python .input}
%load_ext d2lbook.tab
```

```{.python .input  n=2}
%%tab mxnet
import mxnet
```

```{.python .input}
%%tab pytorch, tensorflow
from d2l import torch as d2l
```

```{.python .input}
%%tab all
if tab.selected('mxnet'):
    x = np.ones(3)
if tab.selected('pytorch', 'jax'):
    x = d2l.ones(3)
```
"""


def used(code):
    return names.used([ast.parse(code)])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import torch\ntorch.nn.Linear(1, 2)", {"torch.nn.Linear"}),
        ("import torch.nn as nn\nnn.Linear(1, 2)", {"torch.nn.Linear"}),
        ("import torch as th\nnn = th.nn\nnn.functional.relu", {"torch.nn.functional.relu"}),
        ("from torch import nn, optim\nnn.Linear(1, 2)", {"torch.nn.Linear", "torch.optim"}),
        ("from torch.optim import Adam as A\nA([])", {"torch.optim.Adam"}),
        ("import torch.utils.data", {"torch.utils.data"}),
        ("import torch\nx = torch.ones(2)\nx.detach()", {"torch.ones", "torch.Tensor.detach"}),
        ("x.view(2).sum()\nd.items()\nplt.scatter(x, y)", set()),  # not only a Tensor's
        ("x.detach", set()),  # not called
        ("def detach(): pass\nself.detach()", set()),  # the file's own
        ("import torch\ntorch.classes.no.SuchClass", set()),
        ("import torch\ntorch.no_such_name", set()),  # PyTorch has not either
        ("from d2l import torch as d2l\nd2l.zeros(1), d2l.Trainer()", {"torch.zeros"}),
    ],
)
def test_the_names_that_a_file_uses(code, found):
    assert used(code) == found


def test_what_pytorch_has_with_another_package_counts_as_its_name():
    assert used("from torch.utils.tensorboard import SummaryWriter") == {
        "torch.utils.tensorboard.SummaryWriter"
    }


def test_the_names_that_minigrad_lacks():
    present = {"torch.nn.Linear", "torch.Tensor.detach", "torch.utils.data.DataLoader", "torch.optim"}
    absent = {"torch.jit.script", "torch.fx.Graph.nodes", "torch.Tensor.sparse_resize_"}
    assert names.missing(present | absent) == sorted(absent)


def test_a_page_of_d2l_is_read_with_its_tab_for_pytorch(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    first, second = sources.cells(path)
    assert first == "from d2l import torch as d2l\n"
    assert second == "if False:\n    x = np.ones(3)\nif True:\n    x = d2l.ones(3)\n"


def test_a_notebook_is_read_with_its_magics(tmp_path):
    path = tmp_path / "a.ipynb"
    sources_of = ["%matplotlib inline\nimport torch", "!pip install torch", "this is no Python"]
    cells = [new_markdown_cell("words"), *map(new_code_cell, sources_of)]
    nbformat.write(new_notebook(cells=cells), path)
    assert len(sources.cells(path)) == 3
    assert [type(node).__name__ for tree in sources.trees(path) for node in tree.body] == [
        "Expr", "Import", "Expr",
    ]  # fmt: skip


def test_other_files_are_not_tutorials(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / ".ipynb_checkpoints").mkdir()
    texts = {
        "a.py": "import numpy",
        ".ipynb_checkpoints/b.py": "from torch import nn",
        "b.py": "from torch import nn",
        "c.md": PAGE,
        "d.ipynb": "no JSON",
        "folder/e.py": "import torchvision",
        "folder/f.py": "def f():\n    import torch.nn",
        "g.txt": "import torch",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = [path.relative_to(tmp_path).as_posix() for path in sources.tutorials([tmp_path])]
    assert found == ["b.py", "c.md", "folder/f.py"]


def test_what_frees_most_files_comes_first():
    lines = command.ranking([["a"], ["b", "c"], ["b"], ["b", "c", "d", "e"], []])
    assert [line.split() for line in lines[1:]] == [
        ["1", "2", "3", "b"], ["1", "1", "1", "a"], ["0", "1", "2", "c"], ["0", "0", "1", "d"], ["0", "0", "1", "e"],
    ]  # fmt: skip


def test_the_command_says_what_lacks(tmp_path, capsys):
    (tmp_path / "a.py").write_text("import torch\ntorch.jit.script(print)")
    (tmp_path / "b.py").write_text("import torch\ntorch.ones(2)")
    assert command.main([str(tmp_path), "--names"]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'a.py'}: lacks torch.jit.script\n" in out
    assert "1 of 2 files lack no name." in out


def test_a_folder_without_tutorials_is_bad_usage(tmp_path, capsys):
    for argv in ([str(tmp_path)], [str(tmp_path / "absent")]):
        with pytest.raises(SystemExit):
            command.main(argv)
    assert "no file there imports torch" in capsys.readouterr().err


# -- playing ------------------------------------------------------------------------------------------------------


def test_statements_stand_where_they_stood_and_loops_go_through_rounds(tmp_path):
    path = tmp_path / "a.py"
    path.write_text('"""Words."""\nx = 60_000\n\n\ndef f(xs):\n    for x in xs:\n        print(x)\n')
    assert play.statements(path) == [
        play.Statement(1, 2, "x = 600"),
        play.Statement(1, 5, "def f(xs):\n    for x in _rounds(xs):\n        print(x)"),
    ]


def test_a_loop_has_as_many_rounds_in_both_engines():
    theirs, ours = Rounds(seconds=0.01), Rounds(seconds=0.0)
    long, short = list(theirs(itertools.count())), list(theirs("abc"))
    assert theirs.cut == {0: len(long)}
    ours.begin(theirs.cut)
    assert list(ours(itertools.count())) == long
    assert list(ours("abc")) == short == ["a", "b", "c"]


def test_a_loop_has_one_round_at_least():
    rounds = Rounds(seconds=0.0)
    assert list(rounds("abc")) == ["a"]
    assert list(rounds("")) == []


@pytest.mark.parametrize(
    ("rounds", "seconds", "end"),
    [(99_999, 150.5, 150), (100_000, 150.5, 1_000), (100_000, 1_000.5, 2_000), (100_000, 50.5, 505)],
)
def test_a_loop_of_very_many_rounds_ends_after_a_thousand_if_it_can(monkeypatch, rounds, seconds, end):
    """Each look at the clock takes a second; a loop may take ten times as long to come to a thousand."""
    monkeypatch.setattr(inside.time, "process_time", itertools.count().__next__)
    assert len(list(Rounds(seconds)(range(rounds)))) == pytest.approx(end, abs=1)


def test_urllib_finds_in_the_data_what_an_address_ends_in(tmp_path, monkeypatch):
    monkeypatch.setattr(request, "_opener", None)
    (tmp_path / "words.txt").write_bytes(b"words")
    request.install_opener(request.build_opener(Downloads(tmp_path)))
    with request.urlopen("https://nowhere.invalid/words.txt?raw=1") as found:
        assert found.read() == b"words"
    path, _ = request.urlretrieve("http://nowhere.invalid/of/words.txt", tmp_path / "copy")
    assert path.read_bytes() == b"words"
    with pytest.raises(URLError):
        request.urlopen("http://nowhere.invalid/other.txt")


@pytest.mark.parametrize(
    ("theirs", "ours", "apart"),
    [
        ("loss 1.2345\n", "loss 1.2346\n", 0),  # a step in the last printed digit
        ("1000.0 0.10\n", "1000.0 0.20\n", 0.0001),  # of the largest number in the line
        ("1000.0\n0.10\n", "1000.0\n0.20\n", 0.5),
        ("loss 1.0\n", "cost 1.0\n", None),
        ("1.0\n", "1.0\n1.0\n", None),
    ],
)
def test_how_far_texts_are_apart(theirs, ours, apart):
    found = play.distance(theirs, ours)
    assert found == apart if apart is None else float(found) == pytest.approx(apart)


def test_made_up_digits_stand_for_openmls(tmp_path):
    header = {"images": b"\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2", "labels": b"\0\0\10\1\0\0\0\2"}
    (tmp_path / "train-images-idx3-ubyte").write_bytes(header["images"] + b"\1\2\3\4")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(header["labels"] + b"\7\5")
    x, y = openml(tmp_path, pair=True)
    assert x.shape == (700, 2)
    assert x[1].tolist() == x[699].tolist() == [3, 4]
    assert y[:3].tolist() == ["7", "5", "7"]


NOTEBOOK = [
    "import torch\nimport sys, itertools\nsys.argv[0]",
    "import no_such_package",
    "for i in itertools.count():\n    pass\nfor line in open('words.txt'):\n    print(line)\nprint(i)",
    "open('../data/words.txt').read()",
    "torch.ones(2)\ntorch.tensor([1, 2]).sum()",
    "torch.__name__",
    "torch.zeros(2)[5]",
    "torch.jit.script(torch.nn.ReLU()) and None",
    "never",
]


def test_both_engines_play_a_notebook(tmp_path):
    folder, data = tmp_path / "tutorial", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    nbformat.write(new_notebook(cells=list(map(new_code_cell, NOTEBOOK))), folder / "a.ipynb")
    (data / "words.txt").write_text("some words\n")
    found = play.play(folder / "a.ipynb", data, play.Limits(loop=0.05))
    says = "PyTorch says \"'torch'\", minigrad \"'minigrad'\""
    assert found.pop("other") == {"cell": 6, "line": 1, "why": says}
    why = "both fail: ModuleNotFoundError: No module named 'no_such_package'"
    assert found.pop("failed") == {"cell": 2, "line": 1, "why": why}
    stop = found.pop("stop")
    assert (stop["cell"], stop["line"]) == (8, 1)
    assert stop["why"].startswith("minigrad stops: AttributeError: module 'minigrad' has no attribute 'jit'")
    exchanged = found.pop(
        "exchanged"
    )  # the name of the module is no rounding, and torch.jit is still not there
    assert exchanged["other"] == {"cell": 6, "line": 1, "why": says}
    assert found == {"statements": 14, "run": 10, "letter": 9, "same": 9, "fail": 2, "cut": 1}


def test_what_differs_by_rounding_alone_is_the_same_with_minigrads_kernels(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("""import torch
x = torch.linspace(-4, 4, 10_001).exp().softmax(0)
torch.multinomial(x, 3)
y = x.cumsum(0)
['a', 'b', 'c'][int(1e9 * y[-1].item() - 1e9) % 3]
torch.allclose(x, x)
torch.Generator()
""")
    found = play.play(path, None, play.Limits())
    assert found["statements"] == 7
    assert (found["exchanged"] or found)["letter"] == 6  # torch._C.Generator is another class
    assert (found["exchanged"] or found)["same"] == 7


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("<torch._C.Generator at 0x...>", "<minigrad.random.Generator at 0x...>"),
        ("(torch.nn.parameter.Parameter, 1)", "(minigrad.nn.parameter.Parameter, 1)"),
        ("1.00% [1/100 00:00<00:08 loss 0.5]", "1.00% [1/100 00:01<02:00:05 loss 0.5]"),
        ("|█---| 16.00% [16/100 00:01]", "|█--| 15.00% [15/100 00:00]"),
        ("'0.17235 sec'", "'0.00102 sec'"),
        ("complete in 0m 12s", "complete in 1m 3s"),
    ],
)
def test_a_librarys_name_and_a_clock_are_no_difference(theirs, ours):
    assert play.plain(theirs) == play.plain(ours)


def test_other_names_are_a_difference():
    assert play.plain("minigrad.ones") != play.plain("torch.zeros")
    assert play.plain("'minigrad'") != play.plain("'torch'")


# A loader's processes start as the system's own do, not as an engine's does.
DEFAULT = "import multiprocessing as mp\nassert mp.get_start_method() == mp.get_all_start_methods()[0]"


def test_a_script_ends_where_both_fail(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(f"import torch\n{DEFAULT}\nimport no_such_package\nnever\n")
    report = tmp_path / "found.json"
    assert command.main([str(path), "--json", str(report)]) == 0
    (entry,) = json.loads(report.read_text())["files"]
    assert entry["file"] == "a.py"
    assert [entry[key] for key in ("statements", "run", "same", "fail")] == [5, 3, 3, 1]
    assert entry["stop"]["why"] == "both fail: ModuleNotFoundError: No module named 'no_such_package'"
    assert "never" not in report.read_text()


def test_what_is_played_anew_takes_its_old_place(tmp_path):
    path, entry = tmp_path / "found.json", {"repository": "o/r", "file": "a.py", "same": 1}
    for each in (entry, {**entry, "file": "b.py"}, {**entry, "same": 2}):
        command.renew(path, each, {"loop": 1.0})
    assert [(each["file"], each["same"]) for each in json.loads(path.read_text())["files"]] == [
        ("a.py", 2),
        ("b.py", 1),
    ]


def test_what_is_only_read_is_counted_by_repository(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(play, "play", lambda *_: {"same": 2})
    folder, report = tmp_path / "owner" / "name", tmp_path / "found.json"
    folder.mkdir(parents=True)
    for name, code in {"a": "torch.ones(2)", "b": "torch.jit.script(print)", "c": "torch.ones(3)"}.items():
        (folder / f"{name}.py").write_text(f"import torch\n{code}\n")
    assert command.main([str(folder / "a.py"), "--json", str(report)]) == 0
    assert command.main([str(folder), "--names", "--json", str(report)]) == 0
    found = json.loads(report.read_text())
    assert [entry["file"] for entry in found["files"]] == ["a.py"]
    (counted,) = found["read"]
    assert (counted["files"], counted["named"]) == (2, 1)  # b and c: a was played
    assert "Of 2 more files that were read and not played 1 lack no name." in table.markdown(found)


def test_the_files_that_differ_by_rounding_or_fail_in_both_are_counted():
    plain = {"statements": 3, "same": 3, "fail": 0, "exchanged": None}
    rounded = {**plain, "same": 2, "exchanged": plain}
    failing = {**plain, "same": 2, "fail": 1}
    other = {**plain, "same": 2}
    kinds = [table.is_whole, table.is_rounding, table.is_failing]
    found = [[kind(file) for kind in kinds] for file in (plain, rounded, failing, other)]
    assert found == [[True, False, False], [False, True, False], [False, False, True], [False, False, False]]


def test_the_table_says_what_is_other():
    file = {"missing": [], "other": None, "failed": None, "stop": None, "exchanged": None}
    assert table.other(file) == ""
    assert (
        table.other({**file, "exchanged": {"same": 3}})
        == "with minigrad's kernels below PyTorch 3 are the same"
    )
    assert table.other({**file, "missing": ["torch.jit.load"]}) == "lacks `jit.load`"
    first, last = ({"cell": 1, "line": n, "why": f"a|{n}"} for n in (2, 3))
    assert table.other({**file, "other": first}) == "cell 1, line 2: a\\|2"
    assert (
        table.other({**file, "other": first, "stop": first})
        == "cell 1, line 2: a\\|2; ends in cell 1, line 2"
    )
    assert table.other({**file, "failed": first, "stop": last}) == (
        "cell 1, line 2: a\\|2; ends in cell 1, line 3: a\\|3"
    )
