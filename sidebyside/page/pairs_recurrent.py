"""The rows of recurrent layers and cells, on the second page."""

from __future__ import annotations

from sidebyside.page.pair import Pair, Said

_R = "minigrad.nn.later.recurrent_functions"

RECURRENT = [
    Pair(
        f"nn/{name}", "recurrent", (*(f"{_R}:{each}" for each in steps), f"minigrad.nn.modules.{file}:{shown}"),
        Said("PyTorch's equations are in C++, aten/src/ATen/native/RNN.cpp: the same products, sums and functions in the same order.",
             "Las ecuaciones de PyTorch están en C++, aten/src/ATen/native/RNN.cpp: los mismos productos, sumas y funciones en el mismo orden."),
        tests, f"model = nn.{name}(M, K)\n{call}", "NM", python=(f"torch.nn.modules.rnn:{name}.forward",), about=Said(en, es), seeded=True,
    )
    for name, file, shown, steps, call, tests, en, es in (
        ("RNN", "rnn", "RNN", ("tanh_step", "forwards", "recurrence"), "model(x)[0]", "tests/test_recurrent.py::sequence",
         "A state that each step mixes with its input.", "Un estado que cada paso mezcla con su entrada."),
        ("LSTM", "rnn", "LSTM", ("lstm_step",), "model(x)[0]", "tests/test_recurrent.py::sequence",
         "Gates say what to forget, to add, to show.", "Unas puertas dicen qué olvidar, qué añadir y qué mostrar."),
        ("GRU", "rnn", "GRU", ("gru_step",), "model(x)[0]", "tests/test_recurrent.py::sequence",
         "Between the old state and a new one, by a gate.", "Entre el estado viejo y uno nuevo, por una puerta."),
        ("RNNCell", "rnn_cells", "RNNCell", ("tanh_step",), "model(x)", "tests/test_recurrent.py::cell",
         "One step of an RNN.", "Un paso de una RNN."),
        ("LSTMCell", "rnn_cells", "LSTMCell", ("lstm_step",), "model(x)[0]", "tests/test_recurrent.py::cell",
         "One step of an LSTM.", "Un paso de una LSTM."),
        ("GRUCell", "rnn_cells", "GRUCell", ("gru_step",), "model(x)", "tests/test_recurrent.py::cell",
         "One step of a GRU.", "Un paso de una GRU."),
    )
]  # fmt: skip
