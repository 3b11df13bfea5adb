"""compile: a training step as a list of NumPy calls, written down and then repeated.   torch: torch/compiler

    step = torch.compile(step)      # forward, backward, optimizer.step(): any function of tensors, or a module
    loss = step(x, y)               # recorded twice; from the third call on the list is repeated

An eager step spends its time twice. NumPy computes; and Python finds out, step after step, what is to be computed: it
makes tensors, nodes and temporary arrays and throws them away. That is the same in every step. So the ordinary code
runs once on arrays that write down what NumPy is asked for (recorded.py, calls.py, recording.py). The list that they
write (text.py, program.py) reads and writes the same memory in each run (pool.py). Views are made once, while it is
written.

Three things keep the list true:
- Where a number leaves NumPy (item(), print, an `if`), Python could decide by it, and a list decides nothing. That is
  an error which names the line.
- What is read but is no argument, such as a weight, is read where it lies. If another array lies there at the next
  call, or a module has changed, the step is recorded anew.
- A value that was computed by no recorded call would stay as it is for ever. Therefore a step is recorded twice, and
  the two lists must be equal.

Random draws, checks of data and an optimizer's step are called whole: each time they do what they do in eager code.
What else Python does in the step, such as counting calls, happens only while it is recorded, as in torch.
"""

from __future__ import annotations

from typing import Any


def compile(model: Any = None, **options: Any) -> Any:
    """Return a function, or a module, that records what it does and then repeats it; also `@compile`.

    Results, gradients and weights are those of eager code, bit for bit. torch's options (backend, mode, fullgraph,
    dynamic) are accepted and change nothing, but for disable=True, which returns the model as it is.
    torch: torch.compile.
    """
    from minigrad.compiler.compiled import Compiled, OptimizedModule
    from minigrad.nn.modules.module import Module

    if model is None:
        return lambda function: compile(function, **options)
    if options.get("disable"):
        return model
    return OptimizedModule(model) if isinstance(model, Module) else Compiled(model)
