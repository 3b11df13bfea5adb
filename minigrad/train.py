"""The tutorial's training, in two ways. torch_ref/train.py and minigrad/train.py differ in one line: the import.

`manual` does everything by hand: softmax, cross-entropy and `param -= lr * param.grad`. `optimizer` uses the library's
CrossEntropyLoss and SGD.

Adds to minigrad/pocket.py: batches in random order, epochs, training and evaluation mode, predictions and accuracy.
"""

from collections.abc import Callable, Iterator

import minigrad as torch

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def softmax(x: torch.Tensor) -> torch.Tensor:
    """eˣ / Σ eˣ, computed as the formula is written. In float32 it overflows for x above 88."""
    return torch.exp(x) / torch.exp(x).sum(axis=-1, keepdims=True)


def cross_entropy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """-x[y] + log Σ eˣ, averaged over the samples. output: (N, classes), target: (N,) → ()"""
    logits = output[torch.arange(len(output)), target]
    loss = -logits + torch.log(torch.sum(torch.exp(output), axis=-1))
    return loss.mean()


def manual(model: torch.nn.Module, lr: float) -> Step:
    """Return a function that does one training step by hand."""

    def step(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        loss = cross_entropy(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for param in model.parameters():
                param -= lr * param.grad
        return loss

    return step


def optimizer(model: torch.nn.Module, sgd: torch.optim.Optimizer) -> Step:
    """Return a function that does one training step with CrossEntropyLoss and an optimizer."""
    criterion = torch.nn.CrossEntropyLoss()

    def step(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        loss = criterion(model(x), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        return loss

    return step


def batches(
    x: torch.Tensor, y: torch.Tensor, batch_size: int | None
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield batches in random order, or all the data at once if batch_size is None."""
    if batch_size is None:
        yield x, y
        return
    order = torch.randperm(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def fit(
    model: torch.nn.Module,
    step: Step,
    x: torch.Tensor,
    y: torch.Tensor,
    epochs: int,
    batch_size: int | None = None,
) -> Iterator[float]:
    """Train the model. Yield the loss of each epoch: the mean of its batches' losses, each taken before its step."""
    model.train()
    for _ in range(epochs):
        losses = [step(*batch).item() for batch in batches(x, y, batch_size)]
        yield sum(losses) / len(losses)


@torch.no_grad()
def predict(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return the most probable class of each sample: (N, inputs) → (N,)."""
    model.eval()
    return torch.argmax(softmax(model(x)), axis=1)


def accuracy(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the fraction of samples whose class is predicted correctly."""
    return (predict(model, x) == y).sum().item() / len(y)
