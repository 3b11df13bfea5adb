"""Parametrizations: a weight that is computed, at every use, from other weights.   torch: torch/nn/utils/parametrize.py

After register_parametrization(layer, "weight", f), `layer.weight` is f(original), and the optimizer trains the
original, `layer.parametrizations.weight.original`. If f has a right_inverse, original = f.right_inverse(weight); it may
return several tensors, original0, original1, and so on, which f then takes.

The layer gets a class of its own, a subclass in which the weight is a property.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NoReturn, TypeVar

from minigrad.autograd import no_grad
from minigrad.nn.modules.container import ModuleDict, ModuleList
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors.tensor import Tensor

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip

M = TypeVar("M", bound=Module)

_UNSAFE = (
    "Registering a parametrization may not change the {} of the tensor, unless {}`unsafe` flag is enabled."
)


class _Cache:
    """The weights that were computed inside of cached(), by module and name."""

    depth = 0
    weights: dict[tuple[int, str], Any] = {}  # noqa: RUF012


@contextmanager
def cached() -> Iterator[None]:
    """Inside, each parametrized weight is computed at its first use only. torch: parametrize.cached."""
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.weights = {}


class ParametrizationList(ModuleList):
    """The parametrizations of one weight, and its original tensor or tensors: called, it computes the weight."""

    original: Tensor

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe, was = unsafe, original.detach()
        with no_grad():
            new: Any = original
            for module in reversed(list(self)):
                new = _inverted(module, new)
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                f"{type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if isinstance(new, Tensor):
            message = "When `right_inverse` outputs one tensor, it may not change the {}."
            _check_same(
                ("dtype", "device"), message, "original.{}", original, "right_inverse(original).{}", new
            )
            original.data = new.detach()
            _register(self, "original", original)
        for i, tensor in enumerate(() if self.is_tensor else new):
            _register(self, f"original{i}", _like(original, i, tensor))
        if not unsafe:
            weight = _checked_tensor(self())
            message = _UNSAFE.format("{}", "")
            _check_same(("dtype", "shape"), message, "unparametrized {}", was, "parametrized {}", weight)

    def right_inverse(self, value: Any) -> None:
        """Set the originals so that the weight is this value: layer.weight = value."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
                self._set("original", "The tensor returned by `right_inverse`", value)
                return
            if not isinstance(value, Sequence):
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}."
                )
            if len(value) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of "
                    f"length {len(value)}."
                )
            for i, tensor in enumerate(value):
                if not isinstance(tensor, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a sequence of tensors or reference-type opaques. Got element "
                        f"{i} of type {type(tensor).__name__}."
                    )
                self._set(f"original{i}", f"Tensor {i} returned by `right_inverse`", tensor)

    def _set(self, name: str, what: str, value: Tensor) -> None:
        original = getattr(self, name)
        if original.dtype != value.dtype:
            raise ValueError(f"{what} has dtype {value.dtype} while `{name}` has dtype {original.dtype}")
        original.data = value.detach()

    def originals(self) -> list[Tensor]:
        """The tensors that the weight is computed from."""
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        return [getattr(self, name) for name in names]

    def forward(self) -> Any:
        """The weight: the first parametrization of the originals, the next one of that, and so on."""
        first, *rest = self
        x = first(*self.originals())
        for module in rest:
            x = module(x)
        return x


def _inverted(module: Module, value: Any) -> Any:
    """module.right_inverse(value); without right_inverse the value itself."""
    if not hasattr(module, "right_inverse"):
        return value
    try:
        return module.right_inverse(value)
    except NotImplementedError:
        return value


def _like(original: Tensor, i: int, tensor: Any) -> Tensor:
    """A part of the original as a parameter, if the original is one."""
    if not isinstance(tensor, Tensor):
        raise ValueError(
            f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element {i} of the "
            f"sequence with type {type(tensor).__name__}."
        )
    part = Parameter(tensor.detach()) if isinstance(original, Parameter) else tensor
    return part.requires_grad_(original.requires_grad)


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _checked_tensor(weight: Any) -> Tensor:
    if not isinstance(weight, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(weight).__name__}.")
    return weight


def _check_same(
    attributes: Sequence[str], message: str, one: str, first: Any, other: str, second: Any
) -> None:
    """Raise torch's ValueError if the tensors differ in one of these attributes."""
    for name in attributes:
        a, b = getattr(first, name), getattr(second, name)
        if a != b:
            raise ValueError(f"{message.format(name)}\n{one.format(name)}: {a}\n{other.format(name)}: {b}")


# -- the class of a module with parametrizations --------------------------------------------------------------


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    copy = memo[id(self)] = self.__new__(self.__class__)
    copy.__dict__ = deepcopy(self.__dict__, memo)
    return copy


def _getstate(self: Any) -> NoReturn:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _give_own_class(module: Any) -> None:
    kind: Any = module.__class__
    own: dict[str, Any] = {
        "__getstate__": _getstate,
        "__deepcopy__": getattr(kind, "__deepcopy__", _deepcopy),
    }
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), own)


def _give_property(module: Any, name: str) -> None:
    def get(self: Any) -> Any:
        compute = self.parametrizations[name]
        if not _Cache.depth:
            return compute()
        key = (id(self), name)
        if key not in _Cache.weights:
            _Cache.weights[key] = compute()
        return _Cache.weights[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


# -- registering and removing ---------------------------------------------------------------------------------


def register_parametrization(
    module: M, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> M:
    """Compute a parameter or buffer of the module by `parametrization`, after those that it has. Returns the module.

    Raises ValueError if there is no such tensor, or if the parametrization, or its right_inverse, returns something
    else than a tensor of the same shape and dtype. With `unsafe` shape and dtype may change.
    torch: torch.nn.utils.parametrize.register_parametrization.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        found: Any = module.parametrizations[tensor_name]
        found.append(parametrization)
        found.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        computed = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = computed
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _check_next(module: Module, name: str, parametrization: Any) -> None:
    """Raise torch's ValueError if a further parametrization changes shape or dtype."""
    weight = getattr(module, name)
    new = _checked_tensor(parametrization(weight))
    message = _UNSAFE.format("{}", "the ")
    both = ("dtype", "shape")
    _check_same(both, message, f"module.{name}.{{}}", weight, f"parametrization(module.{name}).{{}}", new)
    back = _inverted(parametrization, new)
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    message = (
        f"The tensor returned by parametrization.right_inverse must have the same {{}} as module.{name}, unless the "
        "`unsafe` flag is enabled."
    )
    _check_same(both, message, f"module.{name}.{{}}", weight, "returned {}", back)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the module has a parametrization: of this tensor, or any."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: M, tensor_name: str, leave_parametrized: bool = True) -> M:
    """Make the tensor a parameter or buffer again: with its present value, or with that of its original.

    Raises ValueError if the tensor is not parametrized, or if leave_parametrized is False and there are several
    originals. torch: torch.nn.utils.parametrize.remove_parametrizations.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    computed: Any = module.parametrizations[tensor_name]
    if computed.is_tensor:
        original = computed.original
        if leave_parametrized:
            original.data = getattr(module, tensor_name).detach()
    elif leave_parametrized:
        weight = getattr(module, tensor_name)
        original = Parameter(weight.detach()) if weight.requires_grad else weight
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class of the module without its parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: M, tensor_name: str | None = None
) -> M:
    """Give a module the parametrizations of another one, and their originals: of this tensor, or of all."""
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        computed: Any = from_module.parametrizations[name]
        for each in computed:
            register_parametrization(to_module, name, each)
        taken: Any = to_module.parametrizations[name]
        for path, original in (*computed._parameters.items(), *computed._buffers.items()):
            setattr(taken, path, original)
    return to_module
