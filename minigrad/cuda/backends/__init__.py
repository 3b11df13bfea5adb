"""minigrad.backends: questions about libraries, for programs that ask them.   torch: torch/backends/__init__.py

NumPy and CuPy choose their own libraries. The flags of PyTorch's backends can be set and read, and change nothing.
"""

from minigrad.cuda.backends import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
