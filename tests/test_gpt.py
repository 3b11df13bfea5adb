"""The GPT of both twins: equal bit for bit in every step on exchanged kernels, and so is what it writes."""

import pytest
from both import NIGHTLY, same_bits

import minigrad
from minigrad import gpt
from sidebyside import cli, texts

STEPS = 200 if NIGHTLY else 3


def test_every_step_and_every_letter_are_equal():
    text = texts.text_of(texts.DIGITS)
    result = texts.compare(text, STEPS, 0, texts.RATE, written=8)
    assert result.first_break is None
    assert result.losses["minigrad"] == result.losses["torch"]
    assert len(result.losses["torch"]) == STEPS
    assert result.written["minigrad"] == result.written["torch"]
    assert result.written["torch"].startswith(text[:32])


def small(text):
    minigrad.manual_seed(0)
    numbers, characters = gpt.encode(text)
    return numbers, characters, gpt.GPT(len(characters), context=8, width=16, heads=2, layers=1)


def test_it_learns_and_goes_on_with_a_text():
    numbers, characters, model = small("abcdefgh" * 30)
    losses = list(gpt.fit(model, numbers, 60, lr=1e-2))
    assert losses[-1] < 0.2 < losses[0]
    written = "".join(characters[i] for i in gpt.write(model, numbers[:8], 16).tolist())
    assert written.startswith("abcdefgh")
    assert len(written) == 24


def test_no_position_sees_a_later_one():
    numbers, _, model = small("abcdefgh" * 10)
    changed = numbers[None, :8].clone()
    changed[0, 5] = 0
    scores, others = model(numbers[None, :8]), model(changed)
    same_bits(scores[:, :5], others[:, :5])
    assert (scores[:, 5:] != others[:, 5:]).any()


def test_a_compiled_step_is_the_eager_one():
    made = []
    for compiled in (False, True):
        numbers, _, model = small("abcdefgh" * 10)
        optimizer = minigrad.optim.AdamW(model.parameters())
        step = minigrad.compile(gpt.step) if compiled else gpt.step
        for seed in range(4):
            minigrad.manual_seed(seed)
            loss = step(model, optimizer, *gpt.batch(numbers, 4, 8))
        made.append([loss, *model.parameters()])
    for eager, repeated in zip(*made, strict=True):
        same_bits(eager, repeated)


def test_a_text_that_is_none_is_refused(tmp_path, capsys):
    short = tmp_path / "short.txt"
    short.write_text("aaa")
    for name, said in ((tmp_path / "nothing.txt", "is no text"), (short, "is too short")):
        with pytest.raises(SystemExit) as exited:
            raise SystemExit(cli.main(["compare", "--model", "gpt", "--data", str(name)]))
        assert exited.value.code == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    [
        ["--hidden", "8"],
        ["--optimizer", "adam"],
        ["--dtype", "float64"],
        ["--compile"],
        ["--batch-size", "4"],
    ],
    ids=lambda option: option[0],
)
def test_an_option_that_it_does_not_take_is_refused(option, capsys):
    assert cli.main(["compare", "--model", "gpt", "--epochs", "1", *option]) == 2
    assert f"--model gpt takes no {option[0]}: leave it out" in capsys.readouterr().err
