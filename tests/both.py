"""One program in both libraries, and what came of it."""

import warnings

import torch

import minigrad


def outcome(program, library):
    """("ok", what the program returned), or the exception's type and message. The same seed for both."""
    library.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "ok", program(library)
        except Exception as error:
            return type(error).__name__, str(error)


def first_sentence(message):
    """torch's message up to the end of its first sentence or line."""
    return message.split("\n")[0].split(". ")[0].rstrip(".")


def assert_same_refusal(program):
    """Both raise the same type of exception; ours begins with torch's first sentence."""
    theirs, ours = outcome(program, torch), outcome(program, minigrad)
    assert theirs[0] != "ok", theirs
    assert ours[0] == theirs[0], ours
    assert ours[1].startswith(first_sentence(theirs[1])), ours


def assert_same_text(program):
    """Both return something that prints the same."""
    theirs, ours = outcome(program, torch), outcome(program, minigrad)
    assert theirs[0] == "ok", theirs
    assert str(ours[1]) == str(theirs[1])
