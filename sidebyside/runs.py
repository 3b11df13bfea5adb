"""One training run, by either engine: the same config gives the same model, data and steps."""

from __future__ import annotations

import copy
import hashlib
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from sidebyside.data import Dataset

LEARNING_RATES = {"sequential": 0.8, "custom": 0.8, "residual": 0.2}  # the tutorial's
FURTHER = {"lenet": 0.2}  # models beyond the tutorial's, and their learning rates
ENGINES = ("minigrad", "torch")
FREE = ("epochs", "log_each", "compile", "shards")  # what may differ between a run and its resumption


@dataclass(frozen=True)
class Optimizer:
    """An optimizer of torch.optim: its class, a learning rate for the tutorial's models, the options it takes."""

    name: str
    lr: float | None  # None: the model's
    options: tuple[str, ...] = ("weight_decay",)
    weight_decay: float = 0.0


OPTIMIZERS = {
    "sgd": Optimizer("SGD", None, ("momentum", "weight_decay", "nesterov")),
    "adam": Optimizer("Adam", 0.01),
    "adamw": Optimizer("AdamW", 0.01, weight_decay=0.01),
    "rmsprop": Optimizer("RMSprop", 0.003, ("momentum", "weight_decay")),
    "adagrad": Optimizer("Adagrad", 0.03),
    "nadam": Optimizer("NAdam", 0.01),
}


def short(number: float) -> str:
    """A number as people write it: 0.8, 1e9."""
    text = f"{number:g}" if float(f"{number:g}") == number else repr(number)
    return re.sub(r"e\+?(-?)0*", r"e\1", text)


@dataclass(frozen=True)
class Config:
    """What is trained, and how: the options of the command line."""

    model: str = "sequential"
    loop: str = "optimizer"
    data: str = "digits"
    epochs: int = 100
    lr: float = 0.8
    batch_size: int | None = None
    hidden: int = 100
    dtype: str = "float32"
    device: str = "cpu"
    seed: int = 0
    log_each: int = 10
    optimizer: str = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False
    compile: bool = False
    shards: int | None = None  # of each batch: on as many ranks, or one after another in this process

    def tells(self, epoch: int) -> bool:
        """Whether this epoch is shown: every log_each-th, the first and the last."""
        return epoch in (1, self.epochs) or epoch % self.log_each == 0

    @property
    def options(self) -> dict[str, Any]:
        """The optimizer's options that are given; the loop by hand takes none."""
        named = {"momentum": self.momentum, "weight_decay": self.weight_decay, "nesterov": self.nesterov}
        return {name: value for name, value in named.items() if value}

    def __str__(self) -> str:
        batch = "full batch" if self.batch_size is None else f"batches of {self.batch_size}"
        options = "".join(
            f", {name} {value if value is True else short(value)}" for name, value in self.options.items()
        )
        loop = f"{self.loop} loop" if self.optimizer == "sgd" else OPTIMIZERS[self.optimizer].name
        if self.shards is not None:
            batch += f" in {self.shards} shard{'s' * (self.shards > 1)}"
        how = f"{batch}, lr {short(self.lr)}{options}, {self.dtype}, seed {self.seed}{', compiled' * self.compile}"
        return f"{self.model}, {loop}, {self.data}, {how}"


def engine(name: str) -> SimpleNamespace:
    """An engine's library, models, training and GPT, imported when first asked for."""
    if name == "minigrad":
        import minigrad as library
        from minigrad import gpt, lenet, models, shards, train
    else:
        import torch as library

        from torch_ref import gpt, lenet, models, shards, train
    every = models.MODELS | {"lenet": lenet.LeNet}
    return SimpleNamespace(name=name, torch=library, models=every, train=train, shards=shards, gpt=gpt)


def numbers_of(name: str) -> AbstractContextManager[Any]:
    """Within, an engine draws minigrad's random numbers, also where PyTorch's own differ by the processor."""
    if name == "minigrad":
        return nullcontext()
    from sidebyside.exchange import numbers_alike

    return numbers_alike()


@dataclass
class Run:
    """A model in training. `advance` takes it epochs further; `losses` and `seconds` say what that gave and took."""

    engine: SimpleNamespace
    model: Any
    x: Any
    y: Any
    steps: Iterator[float]
    optimizer: Any = None
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    digests: list[str] | None = None  # of the weights after each epoch, where they are asked for

    def advance(self, epochs: int = 1) -> None:
        """Train on."""
        started = time.perf_counter()
        for _ in range(epochs):
            self.losses.append(next(self.steps))
            if self.digests is not None:
                self.digests.append(self.digest())
        self.seconds += time.perf_counter() - started

    def digest(self) -> str:
        """SHA-256 of all weights: their names, types, shapes and bytes."""
        sha = hashlib.sha256()
        for name, p in self.parameters().items():
            sha.update(f"{name} {p.dtype} {p.shape} ".encode() + p.tobytes())
        return sha.hexdigest()

    def diverged(self) -> dict[str, Any] | None:
        """The first epoch whose loss is nan or infinite, or the last if only the weights are; None if all is finite."""
        bad = (epoch for epoch, loss in enumerate(self.losses, 1) if not math.isfinite(loss))
        if (epoch := next(bad, None)) is not None:
            return {"what": "loss", "epoch": epoch}
        finite = all(np.isfinite(p).all() for p in self.parameters().values())
        return None if finite else {"what": "weights", "epoch": len(self.losses)}

    def parameters(self) -> dict[str, Any]:
        """The weights as NumPy arrays, by name, sharing memory where the device allows it."""
        return {name: p.detach().cpu().numpy() for name, p in self.model.named_parameters()}

    def gradients(self) -> dict[str, Any]:
        """The gradients as NumPy arrays, by name."""
        return {name: p.grad.detach().cpu().numpy() for name, p in self.model.named_parameters()}

    def accuracy(self, data: Dataset, config: Config) -> float:
        """The share of test samples whose class is predicted."""
        x, y = tensors(self.engine, data, "test", config, config.device)
        result = self.engine.train.accuracy(self.model, x, y)
        self.model.train()
        return float(result)

    def checkpoint(self, config: Config) -> dict[str, Any]:
        """All that the next epochs depend on, copied: to be saved with minigrad.save, whichever the engine."""
        import minigrad

        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer and self.optimizer.state_dict(),
            "random": self.engine.torch.get_rng_state(),
        }
        copied = each_tensor(state, lambda t: minigrad.from_numpy(t.detach().cpu().numpy().copy()))
        return {"config": asdict(config), "losses": list(self.losses), **copied}

    def restore(self, checkpoint: dict[str, Any]) -> None:
        """Go on where a checkpoint was taken; KeyError, TypeError, ValueError ... where it does not fit."""
        state = each_tensor(checkpoint, lambda t: self.engine.torch.from_numpy(t.numpy()))
        self.losses[:] = [float(loss) for loss in state["losses"]]
        self.model.load_state_dict(state["model"])
        if self.optimizer is not None:
            self._restore_optimizer(state["optimizer"])
        self.engine.torch.set_rng_state(state["random"])

    def _restore_optimizer(self, saved: dict[str, Any]) -> None:
        found = {i: {name: t.shape for name, t in kept.items()} for i, kept in saved["state"].items()}
        if (saved["param_groups"], found) != self._optimizer_layout():
            raise ValueError("its optimizer's state or options are another optimizer's")
        self.optimizer.load_state_dict(saved)

    def _optimizer_layout(self) -> tuple[list[Any], dict[int, Any]]:
        """The optimizer's options, and by parameter the shapes in its state: a copy of it takes a step to tell."""
        model, optimizer = copy.deepcopy((self.model, self.optimizer))
        if self.losses:
            for p in model.parameters():
                p.grad = self.engine.torch.zeros_like(p)
            optimizer.step()
        state = optimizer.state_dict()
        shapes = {i: {name: t.shape for name, t in kept.items()} for i, kept in state["state"].items()}
        return state["param_groups"], shapes


def each_tensor(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same dicts and lists, with every tensor changed."""
    if isinstance(value, dict):
        return {key: each_tensor(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [each_tensor(each, change) for each in value]
    return change(value) if hasattr(value, "detach") else value


def tensors(side: SimpleNamespace, data: Dataset, split: str, config: Config, device: str) -> tuple[Any, Any]:
    """Inputs and classes as the engine's tensors."""
    x, y = data.inputs(split, config.dtype), data.labels(split)
    return side.torch.from_numpy(x).to(device), side.torch.from_numpy(y).to(device)


def start(
    name: str, config: Config, data: Dataset, device: str | None = None, share: Run | None = None
) -> Run:
    """A run that has not yet taken a step. With `share`, it uses that run's data in memory."""
    side, where = engine(name), device or config.device
    side.torch.manual_seed(config.seed)
    model = side.models[config.model](data.x_train.shape[1], config.hidden, data.classes)
    model.to(getattr(side.torch, config.dtype)).to(where)  # drawn in float32 on the CPU, whatever comes after
    x, y = (share.x, share.y) if share is not None else tensors(side, data, "train", config, where)
    apart = config.shards is not None and side.torch.distributed.is_initialized()
    used, optimizer = side.shards.parallel(model) if apart else model, None
    if config.loop == "manual":
        step = side.train.manual(used, config.lr)
    else:
        kind = OPTIMIZERS[config.optimizer]
        options = {name: getattr(config, name) for name in kind.options}  # 0 too: AdamW's default is 0.01
        optimizer = getattr(side.torch.optim, kind.name)(model.parameters(), lr=config.lr, **options)
        stepping = optimizer
        if config.shards is not None and not apart:
            stepping = side.shards.InTurns(optimizer, model.parameters(), config.shards)
        step = side.train.optimizer(used, stepping)
    if config.compile and name == "minigrad":
        step = side.torch.compile(step)
    if config.shards is None:
        steps = side.train.fit(model, step, x, y, config.epochs, config.batch_size)
        return Run(side, model, x, y, steps, optimizer)
    losses: list[float] = []
    epochs = (len(losses) for _ in range(config.epochs))  # which of them is next, also after `restore`
    ranks = [side.torch.distributed.get_rank()] if apart else range(config.shards)
    loaders = side.shards.loaders(x, y, config.batch_size, config.shards, ranks, config.seed % 2**62)
    return Run(side, model, x, y, side.shards.fit(used, step, loaders, epochs), optimizer, losses, digests=[])


def loss_of(side: SimpleNamespace, config: Config) -> Any:
    """The loss function of the config's loop."""
    return side.train.cross_entropy if config.loop == "manual" else side.torch.nn.CrossEntropyLoss()
