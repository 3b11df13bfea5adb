"""Writes the .ipynb beside every source, with the outputs of a run under PyTorch: `make notebooks`.

The sources are percent scripts, which read and diff well. What only an opened .ipynb needs is added here: the
badge that opens it in Colab, for Colab the cell that installs minigrad, and the outputs, so that a notebook can be
read where nothing is installed. `python notebooks/build.py 0_gradients 0_gradientes` builds these two alone.

MNIST is read where sidebyside/data.py finds it. Without MNIST the notebook that wants it is not built.
"""

import base64
import os
import re
import sys
import time
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# pyproject.toml names the repository once it is published. Until then there is no badge, and the address that stands in
# its place is nobody's: no GitHub name has an underscore.
PUBLISHED = "Repository" in PROJECT["urls"]
REPOSITORY = PROJECT["urls"].get("Repository", "https://github.com/_owner_/minigrad")
BADGE = (
    "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    f"({REPOSITORY.replace('//github.com/', '//colab.research.google.com/github/')}/blob/main/notebooks/{{path}})"
)
RUN_BY = {
    "en": "*The outputs are those of PyTorch on a CPU. minigrad prints the same.*",
    "es": "*Las salidas son las de PyTorch en una CPU. minigrad imprime lo mismo.*",
}
INSTALL = f"""import sys

if "google.colab" in sys.modules:
    %pip install -q git+{REPOSITORY}"""


def sources() -> list[Path]:
    """All of them, in reading order."""
    return sorted(HERE.glob("e[ns]/*.py"))


def notebook(source: Path) -> NotebookNode:
    """A source as a notebook, without outputs. Cells are numbered, so that the same source gives the same file."""
    made = jupytext.read(source, fmt="py:percent")
    target = source.with_suffix(".ipynb").relative_to(HERE).as_posix()
    title = made.cells[0]
    badge = [BADGE.format(path=target)] if PUBLISHED else []
    title.source = "\n\n".join([*badge, title.source, RUN_BY[source.parent.name]])
    made.cells.insert(1, nbformat.v4.new_code_cell(INSTALL))
    for number, cell in enumerate(made.cells):
        cell.id, cell.metadata = f"cell-{number}", NotebookNode()
    made.metadata = NotebookNode(
        kernelspec=made.metadata.kernelspec, language_info=NotebookNode(name="python")
    )
    made.nbformat, made.nbformat_minor = 4, 5
    nbformat.validate(made)
    return made


def executed(source: Path) -> NotebookNode:
    """A source as a notebook with the outputs of a run. Raises CellExecutionError where a cell fails."""
    from nbclient import NotebookClient

    made = notebook(source)
    kernelspec = made.metadata.kernelspec
    client = NotebookClient(made, resources={"metadata": {"path": source.parent}}, record_timing=False)
    client.execute()
    made.metadata.kernelspec, made.metadata.language_info = kernelspec, NotebookNode(name="python")
    for heading, cell in zip(headings(made), made.cells, strict=True):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
                output.metadata = NotebookNode({"image/png": {"alt": heading}})  # for those who cannot see it
    return made


def smaller(png: str) -> str:
    """A picture in base64, in 128 colours: a third of the bytes."""
    from PIL import Image

    picture, written = Image.open(BytesIO(base64.b64decode(png))), BytesIO()
    picture.convert("RGB").quantize(128).save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def headings(made: NotebookNode) -> Iterator[str]:
    """For every cell, the heading of the section that it ends in."""
    heading = ""
    for cell in made.cells:
        if cell.cell_type == "markdown":
            heading = ([heading, *re.findall(r"^#+ (.*)", cell.source, re.MULTILINE)])[-1]
        yield heading


def main(names: list[str]) -> None:
    """Write those of these names, or all."""
    from sidebyside import data

    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    for source in sources():
        if names and source.stem not in names:
            continue
        if "mnist" in source.stem and data.find("mnist") is None:
            print(
                f"{source.name}: not built, for there is no MNIST here: set $MINIGRAD_DATA", file=sys.stderr
            )
            continue
        start = time.perf_counter()
        text = nbformat.writes(executed(source)) + "\n"
        source.with_suffix(".ipynb").write_text(text, encoding="utf-8", newline="\n")
        print(
            f"{source.stem}: {time.perf_counter() - start:.0f} s, {len(text.encode()) / 1024:.0f} kB",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
