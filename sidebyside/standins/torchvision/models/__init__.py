"""Residual networks by torchvision's names.   He et al. 2015, arXiv:1512.03385; torchvision/models/resnet.py

Weights are read where torch.hub keeps them: $TORCH_HOME/hub/checkpoints, or ~/.cache/torch/hub/checkpoints. Nothing is
downloaded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..missing import missing

__all__ = [
    "ResNet", "ResNet18_Weights", "ResNet34_Weights", "ResNet50_Weights", "resnet18", "resnet34", "resnet50",
]  # fmt: skip
__getattr__ = missing(__name__, __all__)


class _Weights(Enum):
    """A file of trained weights."""

    IMAGENET1K_V1: str

    def get_state_dict(self) -> dict[str, torch.Tensor]:
        """The file's weights; FileNotFoundError says where it should lie."""
        home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
        path = Path(home, "hub", "checkpoints", self.value).expanduser()
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is not there.\nThe torchvision that stands in here downloads nothing: put the file there."
            )
        state: dict[str, torch.Tensor] = torch.load(path)
        return state


class ResNet18_Weights(_Weights):
    """Of resnet18."""

    IMAGENET1K_V1 = "resnet18-f37072fd.pth"
    DEFAULT = IMAGENET1K_V1


class ResNet34_Weights(_Weights):
    """Of resnet34."""

    IMAGENET1K_V1 = "resnet34-b627a593.pth"
    DEFAULT = IMAGENET1K_V1


class ResNet50_Weights(_Weights):
    """Of resnet50."""

    IMAGENET1K_V1 = "resnet50-0676ba61.pth"
    IMAGENET1K_V2 = "resnet50-11ad3fa6.pth"
    DEFAULT = IMAGENET1K_V2


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps height and width where stride is 1; the BatchNorm after it has the bias."""
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    """z = relu(x + bn(conv(relu(bn(conv(x))))))        two convolutions of 3×3; x by downsample if its shape differs"""

    expansion = 1

    def __init__(self, inputs: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = _conv(inputs, planes, 3, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _conv(planes, planes, 3)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.relu(self.bn1(self.conv1(x)))
        z = self.bn2(self.conv2(z))
        z += x if self.downsample is None else self.downsample(x)
        return self.relu(z)


class Bottleneck(nn.Module):
    """The same with convolutions of 1×1, 3×3 and 1×1: the one in the middle has a fourth of the channels."""

    expansion = 4

    def __init__(self, inputs: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = _conv(inputs, planes, 1)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _conv(planes, planes, 3, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = _conv(planes, 4 * planes, 1)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.relu(self.bn1(self.conv1(x)))
        z = self.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        z += x if self.downsample is None else self.downsample(x)
        return self.relu(z)


class ResNet(nn.Module):
    """Images (B, 3, height, width) to logits (B, num_classes): four groups of blocks, each half as high and wide."""

    def __init__(
        self, block: type[BasicBlock | Bottleneck], layers: Sequence[int], num_classes: int = 1000
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.inplanes = 64
        self.layer1 = self._make_layer(block, 64, layers[0], 1)
        self.layer2 = self._make_layer(block, 128, layers[1], 2)
        self.layer3 = self._make_layer(block, 256, layers[2], 2)
        self.layer4 = self._make_layer(block, 512, layers[3], 2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def _make_layer(
        self, block: type[BasicBlock | Bottleneck], planes: int, blocks: int, stride: int
    ) -> nn.Sequential:
        """`blocks` blocks; the first may change the number of channels, and has the stride."""
        inputs, self.inplanes = self.inplanes, planes * block.expansion
        same = stride == 1 and inputs == self.inplanes
        first = None
        if not same:
            first = nn.Sequential(_conv(inputs, self.inplanes, 1, stride), nn.BatchNorm2d(self.inplanes))
        rest = (block(self.inplanes, planes, 1, None) for _ in range(1, blocks))
        return nn.Sequential(block(inputs, planes, stride, first), *rest)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def _built(
    kind: type[_Weights],
    blocks: tuple[type[BasicBlock | Bottleneck], Sequence[int]],
    weights: Any,
    options: Any,
) -> ResNet:
    """The network; weights: None, a member of `kind`, its name, or by `pretrained=True` as before torchvision 0.13."""
    options.pop("progress", None)
    if options.pop("pretrained", False) or weights is True:
        weights = kind.IMAGENET1K_V1
    chosen = kind[weights] if isinstance(weights, str) else kind(weights) if weights else None
    state = chosen and chosen.get_state_dict()
    model = ResNet(*blocks, **options)
    if state:
        model.load_state_dict(state)
    return model


def resnet18(weights: Any = None, **options: Any) -> ResNet:
    """18 layers; weights: None, ResNet18_Weights.DEFAULT, or its name."""
    return _built(ResNet18_Weights, (BasicBlock, (2, 2, 2, 2)), weights, options)


def resnet34(weights: Any = None, **options: Any) -> ResNet:
    """34 layers; weights: None, ResNet34_Weights.DEFAULT, or its name."""
    return _built(ResNet34_Weights, (BasicBlock, (3, 4, 6, 3)), weights, options)


def resnet50(weights: Any = None, **options: Any) -> ResNet:
    """50 layers; weights: None, ResNet50_Weights.DEFAULT, or its name."""
    return _built(ResNet50_Weights, (Bottleneck, (3, 4, 6, 3)), weights, options)
