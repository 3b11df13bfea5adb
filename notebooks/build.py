"""Writes the .ipynb beside every source: `python notebooks/build.py`.

The sources are percent scripts, which read and diff well. What only an opened .ipynb needs is added here: the
badge that opens it in Colab and, for Colab, the cell that installs minigrad. Outputs are never stored.
"""

from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

# Where the notebooks lie on GitHub. They are not published yet: no GitHub name has an underscore, so that until
# this line is set the badge leads nowhere, and to nobody else's notebook.
REPOSITORY = "_owner_/minigrad"

HERE = Path(__file__).parent
BADGE = (
    "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    f"(https://colab.research.google.com/github/{REPOSITORY}/blob/main/notebooks/{{path}})"
)
INSTALL = f"""import sys

if "google.colab" in sys.modules:
    %pip install -q git+https://github.com/{REPOSITORY}"""


def sources() -> list[Path]:
    """All of them, in reading order."""
    return sorted(HERE.glob("e[ns]/*.py"))


def notebook(source: Path) -> NotebookNode:
    """A source as a notebook. Cells are numbered, so that the same source gives the same file."""
    made = jupytext.read(source, fmt="py:percent")
    target = source.with_suffix(".ipynb").relative_to(HERE).as_posix()
    title = made.cells[0]
    title.source = f"{BADGE.format(path=target)}\n\n{title.source}"
    made.cells.insert(1, nbformat.v4.new_code_cell(INSTALL))
    for number, cell in enumerate(made.cells):
        cell.id, cell.metadata = f"cell-{number}", NotebookNode()
    made.metadata = NotebookNode(
        kernelspec=made.metadata.kernelspec, language_info=NotebookNode(name="python")
    )
    made.nbformat, made.nbformat_minor = 4, 5
    nbformat.validate(made)
    return made


def main() -> None:
    """Write them all."""
    for source in sources():
        text = nbformat.writes(notebook(source))
        source.with_suffix(".ipynb").write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
