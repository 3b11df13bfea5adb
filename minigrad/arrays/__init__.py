"""What lies under a Tensor: arrays, which know nothing of it.

dtypes.py has torch's element types and how they mix, device.py where an array lives, kernels.py the loops that
NumPy runs slowly.
"""
