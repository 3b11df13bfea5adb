"""Layers, containers and losses.   torch: torch/nn/__init__.py

Read modules/module.py first: a Module is a tree of named parameters. Then read modules/linear.py, activation.py,
container.py and loss.py. functional.py has the functions that they compute, ops.py the ops with their gradient rules,
and init.py their initial weights. later/ lists the layers that are imported at the first use of their name.
"""

from typing import TYPE_CHECKING

from minigrad.nn import functional, init, modules, parallel, parameter, utils
from minigrad.nn.modules import *  # noqa: F403
from minigrad.nn.modules import __all__ as _modules
from minigrad.nn.parallel import DataParallel
from minigrad.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

if TYPE_CHECKING:  # as in later/
    from minigrad.nn.modules.attention import *  # noqa: F403
    from minigrad.nn.modules.batchnorm import *  # noqa: F403
    from minigrad.nn.modules.bilinear import *  # noqa: F403
    from minigrad.nn.modules.channel_dropout import *  # noqa: F403
    from minigrad.nn.modules.conv import *  # noqa: F403
    from minigrad.nn.modules.ctc import *  # noqa: F403
    from minigrad.nn.modules.distance import *  # noqa: F403
    from minigrad.nn.modules.fold import *  # noqa: F403
    from minigrad.nn.modules.instancenorm import *  # noqa: F403
    from minigrad.nn.modules.more_activations import *  # noqa: F403
    from minigrad.nn.modules.more_losses import *  # noqa: F403
    from minigrad.nn.modules.normalization import *  # noqa: F403
    from minigrad.nn.modules.padding import *  # noqa: F403
    from minigrad.nn.modules.parameter_dict import *  # noqa: F403
    from minigrad.nn.modules.pooling import *  # noqa: F403
    from minigrad.nn.modules.rnn import *  # noqa: F403
    from minigrad.nn.modules.rnn_cells import *  # noqa: F403
    from minigrad.nn.modules.shuffles import *  # noqa: F403
    from minigrad.nn.modules.sparse import *  # noqa: F403
    from minigrad.nn.modules.transformer import *  # noqa: F403
    from minigrad.nn.modules.unpooling import *  # noqa: F403
    from minigrad.nn.modules.upsampling import *  # noqa: F403

__all__ = [
    "DataParallel",
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "modules",
    "parallel",
    "parameter",
    "utils",
    *_modules,
]
