"""Tensor, and torch's functions of tensors.

Read tensor.py first. Most methods are functions too (methods.py): element by element in functions.py, then
reductions.py, ordering.py, products.py, shapes.py, joining.py and indexing.py. They check their arguments
(arguments.py) and call ops of ops.py. creation.py and distributions.py make tensors. inplace.py keeps views right when
memory is changed.
"""
