"""torch's words for what the engine refuses.   torch: torch/csrc/autograd/saved_variable.cpp"""

from __future__ import annotations

from typing import Any

from minigrad.dtypes import of

TWICE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


def modified(value: Any, version: int, expected: int, made_by: Any) -> RuntimeError:
    """What to raise for a saved value that was changed in place since."""
    output = ""
    if made_by is not None and made_by.edges:  # a leaf is no op's output
        output = f", which is output 0 of {made_by.name().removesuffix('0').removesuffix('Backward')},"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{of(value.dtype).scalar_name}Tensor {list(value.shape)}]{output} is at version {version}; "
        f"expected version {expected} instead. Hint: enable anomaly detection to find the operation that failed to "
        "compute its gradient, with minigrad.autograd.set_detect_anomaly(True, check_nan=False).\nThe value that the "
        "gradient needs was overwritten: change a clone() of it, or compute a new tensor."
    )
