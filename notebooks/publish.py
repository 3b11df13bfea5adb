"""Writes the notebooks as HTML, with the outputs that are stored in them, and an index: `make site`.

python notebooks/publish.py FOLDER
"""

import sys
from pathlib import Path

from markdown_it import MarkdownIt
from nbconvert import HTMLExporter

HERE = Path(__file__).parent
FRAME = """<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>minigrad: the notebooks</title>
<style>
body {{ max-width: 45em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif }}
td {{ padding: .2em 1em .2em 0 }}
</style>
{body}
<p><a href="../index.html">minigrad beside PyTorch</a></p>
"""


def index() -> str:
    """README.md of this folder, with links to the HTML files."""
    body = MarkdownIt("commonmark").enable("table").render((HERE / "README.md").read_text(encoding="utf-8"))
    return FRAME.format(body=body.replace('.ipynb"', '.html"'))


def main(folder: Path) -> None:
    """Write all of them, in en and es."""
    for path in sorted(HERE.glob("e[ns]/*.ipynb")):
        target = folder / path.relative_to(HERE).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        text, _ = HTMLExporter().from_filename(str(path))
        target.write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
