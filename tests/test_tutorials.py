"""benchmarks.tutorials reads made-up tutorials: which names of torch they use, and which of them minigrad lacks."""

import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks.tutorials import __main__ as command
from benchmarks.tutorials import names, sources

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
    texts = {
        "a.py": "import numpy",
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
    assert command.main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'a.py'}: torch.jit.script\n" in out
    assert "1 of 2 files lack no name." in out


def test_a_folder_without_tutorials_is_bad_usage(tmp_path, capsys):
    for argv in ([str(tmp_path)], [str(tmp_path / "absent")]):
        with pytest.raises(SystemExit):
            command.main(argv)
    assert "no file there imports torch" in capsys.readouterr().err
