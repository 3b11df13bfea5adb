"""The command line as one front: help, exit statuses, --json, Ctrl-C, and one line for whatever goes wrong."""

import importlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sidebyside import cli, data, doctor, explain, options, runs
from sidebyside.progress import progress

ROOT = Path(__file__).parent.parent
ARGUMENTS = {
    "notebook": ["notebooks/en/1_networks.ipynb"],
    "check": ["mine.py"],
}  # what a command cannot do without
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def run(capsys, monkeypatch):
    """The exit status of a command, and what went to the two streams, from a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def main(*argv):
        status = cli.main([str(each) for each in argv])
        return status, *capsys.readouterr()

    return main


def one_line(status, out, err, said):
    """Bad usage: status 2, one line that begins with the command, nothing else."""
    assert (status, out) == (2, "")
    assert err.count("\n") == 1, err
    assert err.startswith("minigrad")
    assert said in err


def strict(path):
    """JSON as everybody reads it, not Python alone: without NaN and Infinity."""
    return json.loads(path.read_text(), parse_constant=pytest.fail)


# -- help -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [[], *([name] for name in cli.COMMANDS)], ids=" ".join)
def test_help_has_examples_and_fits_80_columns(run, argv):
    status, out, err = run(*argv, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(" ".join(["usage: minigrad", *argv, ""]))
    assert "\nexamples:\n  minigrad " in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_examples_in_the_help_are_good_usage(name):
    for line in cli.COMMANDS[name][2].splitlines():
        command = re.split(r" {4,}", line.strip())[0]
        program, *argv = command.split()
        assert (program, argv[0]) == ("minigrad", name)
        assert cli.parser(name).parse_args(argv).command == name


def test_the_version(run):
    import minigrad

    assert run("--version") == (0, f"minigrad {minigrad.__version__}\n", "")


# -- bad usage --------------------------------------------------------------------------------------------------

BAD = {
    "fly": "invalid choice: 'fly' (choose from ",
    "comapre": "invalid choice: 'comapre': did you mean compare? minigrad --help",
    "--fly": "unrecognized arguments: --fly: minigrad --help",
    "--versoin": "unrecognized arguments: --versoin: did you mean --version? minigrad --help",
    "compare --fly": "minigrad compare: unrecognized arguments: --fly: minigrad compare --help",
    "compare --modle residual": "--modle residual: did you mean --model? minigrad compare --help",
    "train --epoch-s=3": "--epoch-s=3: did you mean --epochs? minigrad train --help",
    "train --model residul": "invalid choice: 'residul': did you mean residual? minigrad train --help",
    "compare --dtype flaot32": "did you mean float32?",
    "compare --data minst": "'minst' is neither a dataset's name nor a path that exists: did you mean mnist?",
    "compare --device cuda": "enabled. minigrad computes on a GPU through CuPy",
    "compare --out /proc/no": "/proc/no/compare.json cannot be written",
    "graph --out /proc/no.svg": "/proc/no.svg cannot be written",
    "graph --out g.png": "--out g.png: a graph is written as .svg, .html, .dot, .mmd, .txt, not as .png",
    "graph --svg --out g.html": "--svg --out g.html: the name says html",
    "compare --epochs 0": "'0' is not a whole number from 1",
    "compare --epochs 1e3": "'1e3' is not a whole number",
    "compare --hidden 99999999999999999999": "is not a whole number from 1 to 1,000,000,000",
    "compare --lr nan": "'nan' is not a finite number of at least 0",
    "compare --lr inf": "'inf' is not a finite number of at least 0",
    "compare --lr 1e39": "--lr 1e39 does not fit into float32",
    "compare --model transformer": "invalid choice: 'transformer'",
    "compare --seed x": "invalid int value: 'x'",
    "compare --data no/such/place": "'no/such/place' is neither a dataset's name nor a path that exists",
    "compare --data {empty}": "has no train-images-idx3-ubyte",
    "compare --data {corrupt}": "ends inside its header",
    "compare --data {file}": "is neither an .npz nor a folder of IDX files",
    "compare --data {bad.npz}": "bad.npz cannot be read",
    "compare --device gpu": "--device gpu cannot be used with minigrad",
    "compare --json {empty}": "is a folder: name a file in it",
    "compare --json {file}/f.json": "is a file, not a folder",
    "compare --json /dev/null": "is no ordinary file",
    "compare --out {file}": "is a file, not a folder",
    "compare --out {file}/out": "is a file, not a folder",
    "compare --loop manual --momentum 0.9": "--loop manual knows no momentum: use --loop optimizer",
    "compare --nesterov": "--nesterov needs a momentum",
    "compare --optimizer lion": "invalid choice: 'lion' (choose from",
    "train --optimizer adamm": "invalid choice: 'adamm': did you mean adam?",
    "compare --optimizer adam --momentum 0.9": "--optimizer adam has no momentum: use --optimizer sgd or rmsprop",
    "train --optimizer rmsprop --nesterov": "--optimizer rmsprop has no nesterov: use --optimizer sgd",
    "train --loop manual --optimizer adam": "--loop manual has no --optimizer adam: use --loop optimizer",
    "compare --json {empty}/run --out {empty}/run": "json and out name the same place",
    "train --save {empty}/a.npz --json {empty}/../empty/a.npz": "save and json name the same place",
    "notebook {file} --json {file}": "notebook and json name the same place",
    "train --seed 18446744073709551616": "does not fit into 64 bits",
    "train --engine torch --device meta": "--device meta cannot be used with torch",
    "train --json {empty}": "is a folder",
    "train --save {empty}": "is a folder: name a file in it",
    "train --save {empty}/run.txt": "the name must end in .npz, .safetensors, .pt or .pth",
    "train --resume {empty}/run.npz": "there is no such file",
    "train --resume {bad.npz}": "cannot be loaded",
    "explain --device cuda": "kernels are compared on the CPU",
    "explain --json {empty}": "is a folder",
    "explain --out {file}": "is a file, not a folder",
    "page --run {empty}": "there is no compare.json in it",
    "page --out {empty}": "is a folder",
    "page --verdicts {file}": "is not what minigrad page writes",
    "graph --svg --out {empty}": "is a folder: name a file in it",
    "notebook": "NB",
    "notebook {empty}": "there is no such file",
    "notebook {empty}/no.ipynb": "there is no such file",
    "notebook {file}": "give an .ipynb file or a .py",
    "notebook {bad.ipynb}": "is no notebook that can be read",
    "notebook {bad.py}": "is no notebook that can be read",
    "coverage --out {empty}": "is a folder",
    "coverage --check --out {bad.md}": "is not a text that minigrad coverage wrote",
    "doctor --json {empty}": "is a folder",
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Files and folders that are not what they should be, by name."""
    folder = tmp_path_factory.mktemp("places")
    for name in ("empty", "corrupt"):
        (folder / name).mkdir()
    (folder / "corrupt" / "train-images-idx3-ubyte").write_bytes(b"junk")
    (folder / "file").write_text("x")
    for name in ("bad.npz", "bad.ipynb", "bad.py", "bad.md"):
        (folder / name).write_bytes(b"\xff\xfe junk")
    return folder


def test_no_command_shows_the_help(run):
    status, out, err = run()
    assert (status, err) == (2, "")
    assert out == run("--help")[1]


@pytest.mark.parametrize(
    ("given", "shown"), [("1e9", "lr 1e9"), ("0.8", "lr 0.8"), ("1e-05", "lr 1e-5"), ("1000", "lr 1000")]
)
def test_numbers_are_shown_as_they_are_given(given, shown):
    config = options.config_of(cli.parser("train").parse_args(["train", "--lr", given]))
    assert f", {shown}, " in str(config)


@pytest.mark.parametrize(
    ("words", "lr", "weight_decay"),
    [
        ("", 0.8, 0.0),
        ("--model residual", 0.2, 0.0),
        ("--optimizer adam --model residual", 0.01, 0.0),
        ("--optimizer AdamW", 0.01, 0.01),
        ("--optimizer adamw --weight-decay 0 --lr 0.5", 0.5, 0.0),
        ("--optimizer rmsprop --momentum 0.5", 0.003, 0.0),
    ],
)
def test_the_optimizer_decides_what_is_not_given(words, lr, weight_decay):
    config = options.config_of(cli.parser("train").parse_args(["train", *words.split()]))
    assert (config.lr, config.weight_decay) == (lr, weight_decay)
    (group,) = runs.start("minigrad", config, data.load("digits")).optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (lr, weight_decay)


def test_the_first_and_the_last_epoch_are_always_shown(run):
    status, out, _ = run("train", "--epochs", "4")
    assert status == 0
    assert re.findall(r"^Epoch (\d)/4 Loss ", out, re.MULTILINE) == ["1", "4"]
    status, out, _ = run("compare", "--epochs", "4")
    assert status == 0
    assert re.findall(r"^Epoch (\d)/4 Loss ", out, re.MULTILINE) == ["1", "4"]
    for word in ("ulp", "apart", "off", "kernels", "Exchanged kernels"):
        assert word in " ".join(out.split())


WROTE = {
    "train --epochs 1 --json {}/a.json": "Wrote {}/a.json",
    "train --epochs 1 --save {}/a.npz": "Saved {}/a.npz after epoch 1: go on with --resume {}/a.npz",
    "compare --epochs 1 --json {}/a.json --out {}/o": "Wrote {}/a.json\nWrote {}/o: minigrad page --run {}/o shows it",
    "explain --epochs 1 --out {}/o": "Wrote explain.json and drift.svg to {}/o",
    "doctor --json {}/a.json": "Wrote {}/a.json",
    "graph --out {}/a.svg": "Wrote {}/a.svg: the same graph, twice: 9 nodes, 8 edges",
    "coverage --check --json {}/a.json": "Wrote {}/a.json",
}


@pytest.mark.parametrize("words", WROTE)
def test_what_is_written_is_announced(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    _, out, err = run(*words.replace("{}", str(tmp_path)).split())
    assert err == ""
    assert WROTE[words].replace("{}", str(tmp_path)) in out


def test_a_file_that_cannot_be_written_is_named_as_it_was_given(tmp_path, monkeypatch):
    def full(self, *args, **options):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as caught:
        options.write_text(tmp_path / "a.svg", "x")
    assert caught.value.filename == str(tmp_path / "a.svg")


def test_doctor_and_coverage_end_with_a_summary(run, monkeypatch):
    monkeypatch.chdir(ROOT)
    last = run("doctor")[1].rpartition("\nIn short: ")[2]
    assert re.fullmatch(
        r"(?:all as it should be|not as they should be: .*); data: digits.*\.", " ".join(last.split())
    )
    status, out, _ = run("coverage", "--check")
    assert (status, out) == (0, out)
    assert re.fullmatch(r"COVERAGE\.md and \d+ stubs are what the code says\.\n", out)


@pytest.mark.parametrize("words", BAD)
def test_bad_usage_is_one_line_and_status_2(run, words, places):
    argv = [re.sub(r"\{(.*)\}", rf"{places}/\1", word) for word in words.split()]
    one_line(*run(*argv), BAD[words])


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_disk_that_is_full_is_one_line(run, name, monkeypatch):
    def full(args):
        raise OSError(28, "No space left on device", "build/file")

    monkeypatch.setattr(command(name), "run", full)
    one_line(*run(name, *ARGUMENTS.get(name, [])), f"minigrad {name}: build/file: No space left on device")


def command(name):
    return importlib.import_module(f"sidebyside.{cli.COMMANDS[name][0]}")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_too_little_memory_is_one_line(run, monkeypatch, error):
    monkeypatch.setattr(doctor, "run", lambda args: (_ for _ in ()).throw(error))
    one_line(*run("doctor"), "there is not enough memory")


def test_what_is_our_own_mistake_is_not_hidden(run, monkeypatch):
    monkeypatch.setattr(doctor, "run", lambda args: (_ for _ in ()).throw(RuntimeError("a mistake")))
    with pytest.raises(RuntimeError, match="a mistake"):
        run("doctor")


# -- what is missing --------------------------------------------------------------------------------------------

NEEDS = {
    "compare": ["torch", "sklearn"],
    "train": ["sklearn"],
    "train --engine torch": ["torch"],
    "train --save {}/run.safetensors": ["safetensors"],
    "page --out {}/page.html": ["torch", "jinja2", "pygments", "latex2mathml"],
    "graph --svg": ["torch"],
    "explain": ["torch", "sklearn"],
    "explain --out {}": ["matplotlib"],
    "notebook notebooks/en/1_networks.ipynb": ["torch", "jupytext", "IPython"],
    "coverage --out {}/C.md": ["torch"],
}


@pytest.mark.parametrize(
    ("words", "package"), [(words, each) for words, names in NEEDS.items() for each in names]
)
def test_what_is_missing_is_named_with_the_command_that_brings_it(run, words, package, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.setitem(
        sys.modules, package, None
    )  # which importing it finds, and raises ModuleNotFoundError
    status, out, err = run(*words.format(tmp_path).split())
    one_line(status, out, err, f"needs {package}, which is not installed: ")
    assert re.search(r' -m pip install -e "\.\[\w+\]"$', err)


@pytest.mark.parametrize("words", ["train --epochs 2", "graph --mermaid --engines minigrad", "doctor"])
def test_without_pytorch(run, words, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    status, out, err = run(*words.split())
    assert (status, err) == (0, "")
    assert out


def test_what_does_not_load_is_told_as_what_is_missing(monkeypatch):
    def broken(name):
        raise OSError("libtorch.so: cannot open shared object file")

    monkeypatch.setattr(options, "import_module", broken)
    with pytest.raises(options.UsageError, match=r"torch, which does not load .*libtorch.*pip install"):
        options.need("torch", "torch", "compare")


# -- Ctrl-C, pipes, terminals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_ctrl_c_is_one_line_and_status_130(run, name, monkeypatch):
    def interrupted(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(command(name), "run", interrupted)
    status, out, err = run(name, *ARGUMENTS.get(name, []))
    assert (status, out) == (130, "")
    assert err == f"minigrad {name}: interrupted; no file was left half written\n"


def test_ctrl_c_while_a_module_is_imported(run, monkeypatch):
    """Python up to 3.11 raises RuntimeError from a KeyboardInterrupt that falls into __set_name__."""

    def interrupted(args):
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(doctor, "run", interrupted)
    assert run("doctor")[0] == 130


def test_explain_tells_what_it_knew_when_ctrl_c_came(run, monkeypatch, tmp_path):
    calls, advance = iter(range(100)), explain.advance_run

    def advance_or_stop(*args):
        if next(calls) == 6:  # one step is watched; the second of the two engines is in its third epoch
            raise KeyboardInterrupt
        advance(*args)

    monkeypatch.setattr(explain, "advance_run", advance_or_stop)
    status, out, err = run("explain", "--json", tmp_path / "f.json")
    assert (status, err) == (130, "")
    assert out.endswith(f"Interrupted after 2 of 100 epochs.\nWrote {tmp_path / 'f.json'}\n")
    assert "Where they part" in out
    found = strict(tmp_path / "f.json")
    assert found["interrupted"]
    assert [len(losses) for losses in found["losses"].values()] == [2, 2]


class Stream(io.StringIO):
    """A terminal, or a pipe whose reader has gone away."""

    def __init__(self, terminal=False, error=None):
        super().__init__()
        self.terminal, self.error = terminal, error

    def isatty(self):
        return self.terminal

    def flush(self):
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
        (
            OSError(28, "No space left on device"),
            2,
            "minigrad doctor: what was to be written: No space left on device\n",
        ),
    ],
)
def test_standard_output_that_takes_nothing(monkeypatch, capsys, error, status, said):
    monkeypatch.setattr(sys, "stdout", Stream(error=error))
    monkeypatch.setattr(doctor, "run", lambda args: print("found") or 0)
    assert cli.main(["doctor"]) == status
    assert capsys.readouterr().err == said


def test_standard_output_that_is_closed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(["--help"]) == 0
    sys.stdout.close()
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_had_enough_hears_no_complaint():
    """As in `minigrad --help | true`, when `true` has ended."""
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    argv = [sys.executable, "-m", "sidebyside", "--help"]
    done = subprocess.run(argv, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=buffered, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "a + a.b o ?"), ("latin-1", "a + a·b o ?"), ("utf-8", "a + α·b ● 国")]
)
def test_a_terminal_that_knows_few_letters_gets_others(monkeypatch, encoding, shown):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    monkeypatch.setattr(doctor, "run", lambda args: print("a + α·b ● 国") or 0)
    assert cli.main(["doctor"]) == 0
    assert raw.getvalue().decode(encoding).rstrip() == shown


@pytest.mark.parametrize("colourless", [False, True])
def test_the_bar_is_drawn_on_a_terminal_and_taken_away(monkeypatch, colourless):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if colourless:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = Stream(terminal=True)
    monkeypatch.setattr(sys, "stdout", screen)
    with pytest.raises(KeyboardInterrupt), progress("epoch", 10) as show:  # noqa: PT012 as in a command
        show(5, "loss 0.50000")
        raise KeyboardInterrupt
    drawn = screen.getvalue()
    assert "5/10" in drawn
    assert "loss 0.50000" in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1  # the cursor hidden, and shown again
    assert drawn.endswith("\x1b[2K")  # the line cleared
    assert bool(re.search(r"\x1b\[[0-9;]*3\d", drawn)) != colourless


@pytest.mark.parametrize("rich", [False, True])
def test_there_is_no_bar_in_a_pipe_or_without_rich(monkeypatch, rich):
    screen = Stream(terminal=not rich)
    monkeypatch.setattr(sys, "stdout", screen)
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    with progress("epoch", 10) as show:
        show(5, "loss")
    assert screen.getvalue() == ""


# -- --json -----------------------------------------------------------------------------------------------------

JSON = {
    "compare --epochs 3 --lr 1e38": (1, "epochs", 3),
    "train --epochs 3 --lr 1e38": (1, "losses", 3),
    "explain --epochs 3 --lr 1e38": (0, "drift", 3),
    "coverage --check": (0, "namespaces", None),
    "doctor": (0, "packages", len(doctor.PACKAGES)),
    "notebook {}/cells.py --engines minigrad": (0, "cells", 1),
}


@pytest.mark.parametrize("words", JSON)
def test_json_is_valid_whatever_the_numbers(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    (tmp_path / "cells.py").write_text("# %%\nx = float('nan')\n")
    status, _, err = run(*words.format(tmp_path).split(), "--json", tmp_path / "found.json")
    expected, key, count = JSON[words]
    assert (status, err) == (expected, "")
    found = strict(tmp_path / "found.json")
    assert found[key]
    assert count is None or len(found[key]) == count
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cells.py", "found.json"]


def test_null_stands_for_what_json_has_no_number_for(tmp_path):
    options.write_json({"a": [1.5, float("nan")], "b": (float("-inf"), None, True)}, tmp_path / "f.json")
    assert strict(tmp_path / "f.json") == {"a": [1.5, None], "b": [None, None, True]}


def test_every_command_with_figures_has_json():
    """Those of the page are in the file of --verdicts, and the graph has none."""
    texts = {name: cli.parser(name) for name in cli.COMMANDS}
    for name, parser in texts.items():
        sub = next(each for each in parser._actions if each.dest == "command").choices[name]
        assert any("--json" in each.option_strings for each in sub._actions) == (
            name not in ("page", "cheatsheet", "graph")
        )
