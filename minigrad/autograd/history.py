"""A tensor that was changed in place has a new history.   torch: rebase_history in torch/csrc/autograd/variable.cpp"""

from __future__ import annotations

from typing import Any

from minigrad.autograd.node import Node


def rebase_history(tensor: Any, z: Any) -> None:
    """The tensor now holds z: its history is z's. A view passes it on to the tensor whose memory it shows."""
    if tensor.view_meta is not None:
        tensor.view_meta.rebase_history(tensor, z)
        return
    set_history(tensor, z.node)
    tensor.version[1:] = [z.node.name()]


def set_history(tensor: Any, node: Node) -> None:
    """Give a tensor another node. If it retains its gradient, that is from now on the gradient of its new value."""
    if tensor.node is not None and tensor.node.retained is not None:
        node.retained, tensor.node.retained = tensor.node.retained, None
    node.strides = tensor.array.strides  # of the memory, which is not the one that the node's op filled
    tensor.node = node
