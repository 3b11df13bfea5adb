"""Tensor, and torch's functions of tensors.

Read tensor.py first. Its methods, and the functions of the same names, stand in functions.py (element by element),
reductions.py, products.py, shapes.py and indexing.py; creation.py makes tensors. They check their arguments
(arguments.py), then call ops of ops.py. inplace.py keeps views and changes in place right.
"""
