"""NumPy and CuPy arrays, on which Tensors are built. No file here imports Tensor.

dtypes.py has torch's dtypes and their promotion, device.py says on which device an array is, and kernels.py holds
faster versions of loops that are slow in NumPy. fma.py and box_muller.py compute random numbers with torch's rounding.
"""

from minigrad.arrays.device import as_array, move, row_major

__all__ = ["as_array", "move", "row_major"]
