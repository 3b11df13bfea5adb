"""Tensors as containers: how they are made, what they say of themselves, and how they refuse."""

import copy
import math
import pickle
import re
import warnings

import numpy as np
import pytest
import torch

import minigrad


def told(value):
    """What can be compared between the libraries."""
    if isinstance(value, (minigrad.Tensor, torch.Tensor)):
        return str(value.dtype), tuple(value.shape), value.tolist(), value.requires_grad
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tolist()
    if isinstance(value, (minigrad.dtype, torch.dtype, minigrad.Size, torch.Size)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [told(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return type(value).__name__, value


def first_sentence(text):
    return re.split(r"\. |\.?\n|\.$", text)[0]


def outcome(program, library):
    """What a program returns and warns of, or how it fails: type and first sentence."""
    torch.set_warn_always(True)  # torch gives some warnings once a process: the order of tests would show
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = told(program(library))
        except Exception as error:
            answer = type(error).__name__, first_sentence(str(error))
    torch.set_warn_always(False)
    return answer, [first_sentence(str(w.message)) for w in caught if issubclass(w.category, UserWarning)]


CREATION = {
    "tensor-int": lambda torch: torch.tensor(3),
    "tensor-float": lambda torch: torch.tensor(0.5),
    "tensor-bool": lambda torch: torch.tensor([True, False]),
    "tensor-mixed": lambda torch: torch.tensor([1, 2.5]),
    "tensor-bool-and-int": lambda torch: torch.tensor([True, 2]),
    "tensor-bool-and-float": lambda torch: torch.tensor([True, 2.5]),
    "tensor-empty": lambda torch: torch.tensor([]),
    "tensor-empty-rows": lambda torch: torch.tensor([[], []]),
    "tensor-nested": lambda torch: torch.tensor([[1, 2], [3, 4]]),
    "tensor-tuple": lambda torch: torch.tensor(((1.0, 2.0),)),
    "tensor-range": lambda torch: torch.tensor(range(3)),
    "tensor-dtype": lambda torch: torch.tensor([1, 2], dtype=torch.float64),
    "tensor-float-to-int": lambda torch: torch.tensor([1.75, -1.75], dtype=torch.int64),
    "tensor-to-bool": lambda torch: torch.tensor([0.0, 0.5], dtype=torch.bool),
    "tensor-numpy-float64": lambda torch: torch.tensor(np.float64(1.5)),
    "tensor-numpy-float32": lambda torch: torch.tensor(np.float32(1.5)),
    "tensor-numpy-int32": lambda torch: torch.tensor(np.int32(1)),
    "tensor-numpy-array": lambda torch: torch.tensor(np.arange(3.0)),
    "tensor-numpy-int32-array": lambda torch: torch.tensor(np.arange(3, dtype=np.int32)),
    "tensor-list-of-numpy-float32": lambda torch: torch.tensor([np.float32(1.5)]),
    "tensor-list-of-numpy-float64": lambda torch: torch.tensor([np.float64(1.5)]),
    "tensor-list-of-numpy-ints": lambda torch: torch.tensor([np.int64(1), np.int64(2)]),
    "tensor-list-of-tensors": lambda torch: torch.tensor([torch.tensor(1.0), torch.tensor(2.0)]),
    "tensor-of-tensor": lambda torch: torch.tensor(torch.tensor([1.0])),
    "tensor-requires-grad": lambda torch: torch.tensor([1.0], requires_grad=True),
    "tensor-nan-inf": lambda torch: torch.tensor([math.inf, -math.inf]),
    "tensor-big-int": lambda torch: torch.tensor(2**40),
    "tensor-ragged": lambda torch: torch.tensor([[1, 2], [3]]),
    "tensor-str": lambda torch: torch.tensor("a"),
    "tensor-of-strs": lambda torch: torch.tensor(["a"]),
    "tensor-None": lambda torch: torch.tensor(None),
    "Tensor-data": lambda torch: torch.Tensor([1, 2]),
    "Tensor-sizes": lambda torch: torch.Tensor(2, 3).shape,
    "Tensor-empty": lambda torch: torch.Tensor(),
    "as_tensor-list": lambda torch: torch.as_tensor([1, 2]),
    "as_tensor-array": lambda torch: torch.as_tensor(np.arange(2.0)),
    "as_tensor-tensor": lambda torch: torch.as_tensor(torch.ones(2)),
    "as_tensor-dtype": lambda torch: torch.as_tensor([1, 2], dtype=torch.float32),
    "from_numpy": lambda torch: torch.from_numpy(np.arange(4, dtype=np.int16)),
    "from_numpy-strided": lambda torch: torch.from_numpy(np.arange(8.0).reshape(2, 4)[:, ::2]).stride(),
    "from_numpy-list": lambda torch: torch.from_numpy([1]),
    "from_numpy-number": lambda torch: torch.from_numpy(np.float64(1)),
    "from_numpy-negative-stride": lambda torch: torch.from_numpy(np.arange(3)[::-1]),
    "zeros": lambda torch: torch.zeros(2, 3),
    "zeros-tuple": lambda torch: torch.zeros((2, 3), dtype=torch.int64),
    "zeros-0d": lambda torch: torch.zeros(()),
    "ones-negative": lambda torch: torch.ones(2, -1),
    "zeros-size": lambda torch: torch.zeros(torch.ones(2, 1).shape),
    "ones": lambda torch: torch.ones(2, dtype=torch.bool),
    "ones-requires-grad": lambda torch: torch.ones(2, requires_grad=True),
    "empty": lambda torch: torch.empty(2, 3).shape,
    "full-int": lambda torch: torch.full((2,), 7),
    "full-float": lambda torch: torch.full((2, 1), 0.5),
    "full-bool": lambda torch: torch.full((2,), True),
    "full-dtype": lambda torch: torch.full((2,), 7, dtype=torch.float64),
    "eye": lambda torch: torch.eye(2),
    "eye-wide": lambda torch: torch.eye(2, 3),
    "zeros_like": lambda torch: torch.zeros_like(torch.tensor([1, 2])),
    "ones_like": lambda torch: torch.ones_like(torch.ones(2, 2), dtype=torch.float64),
    "arange": lambda torch: torch.arange(3),
    "arange-from-to": lambda torch: torch.arange(1, 4),
    "arange-step": lambda torch: torch.arange(1, 8, 3),
    "arange-down": lambda torch: torch.arange(3, 0, -1),
    "arange-float": lambda torch: torch.arange(0.0, 1.0, 0.25),
    "arange-float-rounding": lambda torch: torch.arange(0, 1, 0.1),
    "arange-float-third": lambda torch: torch.arange(0, 2, 1 / 3),
    "arange-dtype": lambda torch: torch.arange(3, dtype=torch.float32),
    "arange-empty": lambda torch: torch.arange(0),
    "arange-step-0": lambda torch: torch.arange(0, 1, 0),
    "arange-wrong-way": lambda torch: torch.arange(1, 0),
    "linspace": lambda torch: torch.linspace(0, 1, 5),
    "linspace-one": lambda torch: torch.linspace(3, 4, 1),
    "linspace-double": lambda torch: torch.linspace(-1, 3, 9, dtype=torch.float64),
    "rand-shape": lambda torch: torch.rand(2, 3).shape,
    "randn-type": lambda torch: torch.randn(2, dtype=torch.float64).dtype,
    "randint-type": lambda torch: torch.randint(0, 5, (3,)).dtype,
    "randperm-sorted": lambda torch: sorted(torch.randperm(4).tolist()),
}

ABOUT = {
    "shape": lambda torch: torch.zeros(2, 3).shape,
    "shape-slice": lambda torch: torch.zeros(2, 3, 4).shape[1:],
    "shape-numel": lambda torch: torch.zeros(2, 3).shape.numel(),
    "size": lambda torch: torch.zeros(2, 3).size(),
    "size-dim": lambda torch: (torch.zeros(2, 3).size(-1), torch.zeros(2, 3).size(dim=0)),
    "size-wrong": lambda torch: torch.zeros(2, 3).size(2),
    "stride": lambda torch: (torch.zeros(2, 3).stride(), torch.zeros(2, 3).t().stride()),
    "dim": lambda torch: (torch.zeros(2, 3).dim(), torch.zeros(2, 3).ndim, torch.zeros(2, 3).numel()),
    "type": lambda torch: [torch.zeros(1, dtype=d).type() for d in (torch.float32, torch.int64, torch.bool)],
    "dtype": lambda torch: [torch.zeros(1).dtype, torch.zeros(1).long().dtype, torch.zeros(1).half().dtype],
    "is-float": lambda torch: (torch.zeros(1).is_floating_point(), torch.arange(1).is_floating_point()),
    "contiguous": lambda torch: (torch.zeros(2, 3).is_contiguous(), torch.zeros(2, 3).t().is_contiguous()),
    "device": lambda torch: (str(torch.zeros(1).device), torch.zeros(1).device.type, torch.zeros(1).is_cuda),
    "item": lambda torch: [torch.tensor(x).item() for x in (1.5, 2, True)] + [torch.tensor([[3.0]]).item()],
    "item-float32": lambda torch: torch.tensor(0.1).item(),
    "item-many": lambda torch: torch.zeros(2).item(),
    "item-none": lambda torch: torch.zeros(0).item(),
    "tolist": lambda torch: torch.tensor([[1.5, 2], [3, 4]]).tolist(),
    "tolist-0d": lambda torch: torch.tensor(3).tolist(),
    "len": lambda torch: len(torch.zeros(4, 2)),
    "len-0d": lambda torch: len(torch.tensor(1)),
    "bool": lambda torch: (bool(torch.tensor(0.0)), bool(torch.tensor([[2]]))),
    "bool-many": lambda torch: bool(torch.zeros(2)),
    "bool-none": lambda torch: bool(torch.zeros(0)),
    "float": lambda torch: (float(torch.tensor(2)), float(torch.tensor([1.5]))),
    "float-requires-grad": lambda torch: float(torch.tensor(2.0, requires_grad=True)),
    "float-many": lambda torch: float(torch.zeros(2)),
    "int": lambda torch: (int(torch.tensor(2.75)), int(torch.tensor(-2.75))),
    "index": lambda torch: ([10, 20, 30][torch.tensor(1)], list(range(torch.tensor(3)))),
    "index-float": lambda torch: [10][torch.tensor(0.0)],
    "format": lambda torch: f"{torch.tensor(2.5):.3f} {torch.tensor(7):d} {torch.tensor(1.5)}",
    "format-many": lambda torch: f"{torch.zeros(2):.2f}",
    "format-requires-grad": lambda torch: f"{torch.tensor(2.5, requires_grad=True) * 2:.3f}",
    "numpy": lambda torch: torch.tensor([1.0, 2.0]).numpy(),
    "numpy-requires-grad": lambda torch: torch.ones(1, requires_grad=True).numpy(),
    "numpy-force": lambda torch: torch.ones(1, requires_grad=True).numpy(force=True),
    "numpy-array": lambda torch: np.array(torch.tensor([1, 2])),
    "numpy-array-requires-grad": lambda torch: np.asarray(torch.ones(1, requires_grad=True)),
    "numpy-on-the-left": lambda torch: np.ones(2) * torch.ones(2),
    "numpy-number-on-the-left": lambda torch: np.float64(2.0) * torch.ones(2),
    "iterate": lambda torch: list(torch.tensor([1, 2, 3])),
    "iterate-rows": lambda torch: [row.sum() for row in torch.ones(2, 3)],
    "iterate-0d": lambda torch: list(torch.tensor(1)),
    "unpack": lambda torch: [*torch.ones(2, 2)],
    "contains": lambda torch: (2 in torch.tensor([1, 2]), 5 in torch.tensor([1, 2])),
    "equal-to-a-string": lambda torch: torch.ones(1) == "a",
    "not-equal-to-None": lambda torch: (torch.ones(1) == None, torch.ones(1) != None),  # noqa: E711
    "hash": lambda torch: len({torch.ones(1), torch.ones(1)}),
    "sum-of-a-list": lambda torch: sum([torch.tensor(1.0), torch.tensor(2.0)]),
    "equal": lambda torch: (torch.equal(torch.ones(2), torch.ones(2)), torch.ones(2).equal(torch.ones(3))),
    "allclose": lambda torch: (
        torch.allclose(torch.ones(2), torch.ones(2) + 1e-7), torch.allclose(torch.ones(2), torch.zeros(2))
    ),
    "to-dtype": lambda torch: torch.tensor([1.75, -1.75]).to(torch.int32),
    "to-same-is-self": lambda torch: (lambda x: (x.to(x.dtype) is x, x.float() is x, x.cpu() is x))(torch.ones(1)),
    "to-like": lambda torch: torch.ones(1).to(torch.zeros(1, dtype=torch.float64)),
    "to-device": lambda torch: torch.ones(1).to("cpu"),
    "to-device-and-dtype": lambda torch: torch.ones(1).to("cpu", torch.float64),
    "casts": lambda torch: [torch.tensor([0.0, 2.5]).bool(), torch.tensor([2.5]).long(), torch.tensor([3]).double()],
    "type_as": lambda torch: torch.ones(1).type_as(torch.tensor([1])),
    "deepcopy": lambda torch: (lambda x, y: (y, y is x, y.grad))(*deepcopied(torch)),
    "deepcopy-shared": lambda torch: (lambda x: (lambda a, b: a is b)(*copy.deepcopy([x, x])))(torch.ones(1)),
    "default-dtype": lambda torch: torch.get_default_dtype(),
    "promote": lambda torch: torch.promote_types(torch.int32, torch.float16),
    "dtype-repr": lambda torch: [repr(d) for d in (torch.float32, torch.float, torch.long, torch.bool)],
    "max-result": lambda torch: torch.tensor([[1, 5], [7, 2]]).max(dim=1),
    "max-result-names": lambda torch: torch.tensor([[1, 5], [7, 2]]).max(1)._fields
    if hasattr(torch.tensor([[1]]).max(1), "_fields") else ("values", "indices"),
    "clone-is-apart": lambda torch: (lambda x: (x.clone().add_(1), x))(torch.ones(1)),
    "not": lambda torch: ~torch.tensor([True, False]),
    "invert-int": lambda torch: ~torch.tensor([1, 2]),
}  # fmt: skip


def deepcopied(torch):
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    return x, copy.deepcopy(x)


ERRORS = {
    "broadcast": lambda torch: torch.ones(2) + torch.ones(3),
    "broadcast-deep": lambda torch: torch.ones(2, 3, 4) * torch.ones(2, 4),
    "broadcast-compare": lambda torch: torch.ones(2) == torch.ones(3),
    "where-broadcast": lambda torch: torch.where(torch.ones(2) > 0, torch.ones(3), 0.0),
    "where-condition": lambda torch: torch.where(torch.ones(2), torch.ones(2), 0.0),
    "matmul": lambda torch: torch.ones(2, 3) @ torch.ones(2, 3),
    "matmul-vectors": lambda torch: torch.ones(2) @ torch.ones(3),
    "matmul-matrix-vector": lambda torch: torch.ones(2, 3) @ torch.ones(2),
    "matmul-0d": lambda torch: torch.ones(2, 3) @ torch.tensor(1.0),
    "matmul-types": lambda torch: torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64),
    "matmul-number": lambda torch: torch.ones(2) @ 3,
    "matmul-batches": lambda torch: torch.ones(2, 2, 3) @ torch.ones(2, 2, 3),
    "matmul-batch-broadcast": lambda torch: torch.ones(2, 2, 3) @ torch.ones(3, 3, 2),
    "mm-vector": lambda torch: torch.mm(torch.ones(2), torch.ones(2, 2)),
    "view": lambda torch: torch.ones(6).view(4),
    "view-strides": lambda torch: torch.ones(2, 3).t().view(6),
    "reshape": lambda torch: torch.ones(6).reshape(-1, 4),
    "reshape-two-unknown": lambda torch: torch.ones(6).reshape(-1, -1),
    "t-3d": lambda torch: torch.ones(2, 2, 2).t(),
    "T-3d": lambda torch: torch.ones(2, 3, 4).T.shape,
    "transpose": lambda torch: torch.ones(2).transpose(0, 1),
    "permute-few": lambda torch: torch.ones(2, 3).permute(0),
    "permute-twice": lambda torch: torch.ones(2, 3).permute(0, 0),
    "expand": lambda torch: torch.ones(2).expand(3),
    "expand-fewer": lambda torch: torch.ones(2, 2).expand(2),
    "unsqueeze": lambda torch: torch.ones(2).unsqueeze(3),
    "squeeze": lambda torch: torch.ones(2).squeeze(3),
    "flatten": lambda torch: torch.ones(2, 2).flatten(1, 0),
    "cat-empty-list": lambda torch: torch.cat([]),
    "cat-0d": lambda torch: torch.cat([torch.tensor(1.0)]),
    "cat-sizes": lambda torch: torch.cat([torch.ones(2, 2), torch.ones(2, 3)]),
    "cat-dims": lambda torch: torch.cat([torch.ones(2, 2), torch.ones(2)]),
    "stack-sizes": lambda torch: torch.stack([torch.ones(2), torch.ones(3)]),
    "stack-empty": lambda torch: torch.stack([]),
    "sum-dim": lambda torch: torch.ones(2).sum(3),
    "sum-dim-twice": lambda torch: torch.ones(2, 2).sum((0, 0)),
    "sum-dim-and-axis": lambda torch: torch.ones(2).sum(0, axis=0),
    "mean-int": lambda torch: torch.ones(2).long().mean(),
    "argmax-bool": lambda torch: torch.argmax(torch.tensor([True])),
    "argmax-empty": lambda torch: torch.zeros(0).argmax(),
    "max-empty": lambda torch: torch.zeros(0).max(),
    "softmax-int": lambda torch: torch.softmax(torch.tensor([1, 2]), 0),
    "exp-list": lambda torch: torch.exp([1.0]),
    "exp-number": lambda torch: torch.exp(1.0),
    "add-string": lambda torch: torch.ones(1) + "a",
    "relu-bool": lambda torch: torch.relu(torch.tensor([True])),
    "neg-bool": lambda torch: -torch.tensor([True]),
    "pow-negative-int": lambda torch: torch.tensor([2]) ** -1,
    "clamp-nothing": lambda torch: torch.ones(1).clamp(),
    "index-beyond": lambda torch: torch.ones(3)[5],
    "index-beyond-in-tensor": lambda torch: torch.ones(3)[torch.tensor([5])],
    "index-float": lambda torch: torch.ones(3)[torch.tensor([0.0])],
    "index-int8": lambda torch: torch.ones(3)[torch.tensor([0], dtype=torch.int8)],
    "index-numpy-int16": lambda torch: torch.ones(3)[np.array([0], dtype=np.int16)],
    "index-too-many": lambda torch: torch.ones(3)[0, 0],
    "index-0d": lambda torch: torch.tensor(1.0)[0],
    "index-step": lambda torch: torch.ones(3)[::-1],
    "index-mask": lambda torch: torch.ones(3)[torch.tensor([True, False])],
    "index-uint8": lambda torch: torch.arange(3)[torch.tensor([1, 0, 1], dtype=torch.uint8)],
    "index-numpy-mask": lambda torch: torch.arange(3)[np.array([True, False, True])],
    "index-numpy-int": lambda torch: torch.arange(3)[np.int64(1)],
    "index-range": lambda torch: torch.arange(9)[range(0, 9, 4)],
    "index-false": lambda torch: torch.arange(3)[False],
    "index-true-inside": lambda torch: torch.ones(2, 3)[0, True],
    "index-true": lambda torch: torch.arange(3)[True],
    "index-pair-shapes": lambda torch: torch.ones(3, 3)[torch.tensor([0, 1]), torch.tensor([0, 1, 2])],
    "put-shape": lambda torch: torch.ones(2, 3).__setitem__(0, torch.ones(2)),
    "put-shape-index": lambda torch: torch.ones(3).__setitem__(torch.tensor([0, 1]), torch.ones(3)),
    "put-shape-mask": lambda torch: torch.ones(3).__setitem__(torch.tensor([True, True, False]), torch.ones(3)),
    "put-float-into-int": lambda torch: (lambda x: (x.__setitem__(0, 2.75), x))(torch.tensor([1, 2]))[1],
    "put-beyond": lambda torch: torch.ones(3).__setitem__(3, 1.0),
    "device": lambda torch: torch.device("gpu"),
    "default-dtype": lambda torch: torch.set_default_dtype(torch.int64),
}  # fmt: skip


@pytest.mark.parametrize(
    "program",
    [*CREATION.values(), *ABOUT.values(), *ERRORS.values()],
    ids=[*CREATION, *ABOUT, *(f"error-{name}" for name in ERRORS)],
)
def test_tensors_behave_as_in_torch(program):
    ours, theirs = outcome(program, minigrad), outcome(program, torch)
    assert ours == theirs


def test_memory_is_shared_with_numpy_where_torch_shares_it():
    array = np.zeros(3)
    x = minigrad.from_numpy(array)
    array[0] = 5
    assert x.tolist() == [5, 0, 0]
    x.numpy()[1] = 6
    assert array.tolist() == [5, 6, 0]
    y = minigrad.tensor(array)
    y[2] = 7
    assert array.tolist() == [5, 6, 0]
    assert np.shares_memory(minigrad.as_tensor(array).array, array)


def test_the_default_dtype_decides_for_python_floats():
    try:
        for library in (minigrad, torch):
            library.set_default_dtype(library.float64)
        for program in (
            lambda torch: torch.tensor(1.5), lambda torch: torch.zeros(1), lambda torch: torch.arange(0.0, 1.0, 0.5),
            lambda torch: torch.tensor([1]) / 2, lambda torch: torch.tensor([1]) * 1.5,
            lambda torch: torch.tensor([1]).exp(),
        ):  # fmt: skip
            assert outcome(program, minigrad) == outcome(program, torch)
    finally:
        for library in (minigrad, torch):
            library.set_default_dtype(library.float32)


@pytest.mark.parametrize("requires_grad", [True, False])
def test_tensors_can_be_pickled(requires_grad):
    x = minigrad.tensor([[1.0, 2.0]], requires_grad=requires_grad)
    y = pickle.loads(pickle.dumps(x))
    assert told(y) == told(x)
    assert y.array is not x.array


def test_data_can_be_replaced():
    x = minigrad.ones(2, requires_grad=True)
    x.data = minigrad.zeros(3)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]
    x.data.add_(1)
    assert x.tolist() == [1, 1, 1]
    assert x.is_leaf


def test_a_subclass_of_nothing_surprising():
    assert isinstance(minigrad.ones(1), minigrad.Tensor)
    assert isinstance(minigrad.ones(1).shape, tuple)
    assert repr(minigrad.ones(2, 3).shape) == "torch.Size([2, 3])"


def test_the_default_dtype_is_the_one_that_goes_unsaid():
    for library in (minigrad, torch):
        library.set_default_dtype(library.float64)
    try:
        told = [[repr(t) for t in (library.tensor(1.5), library.ones(2).float(), library.zeros(0))]
                for library in (minigrad, torch)]  # fmt: skip
    finally:
        for library in (minigrad, torch):
            library.set_default_dtype(library.float32)
    assert told[0] == told[1] == ["tensor(1.5000)", "tensor([1., 1.], dtype=torch.float32)", "tensor([])"]
