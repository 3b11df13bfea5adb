"""Optimizers: they change the parameters with the help of the gradients.   torch: torch/optim/__init__.py

sgd.py does the arithmetic: w ← w - lr·g, and before it momentum and the other options, in torch's order. optimizer.py
keeps the groups of parameters, their options and their state. Adam and its kin are a file each.
lr_scheduler/ changes the learning rate from epoch to epoch.
"""

from minigrad.optim import adadelta, adagrad, adam, adamax, adamw, adaptive, nadam, optimizer, rmsprop, sgd
from minigrad.optim.adadelta import Adadelta
from minigrad.optim.adagrad import Adagrad
from minigrad.optim.adam import Adam
from minigrad.optim.adamax import Adamax
from minigrad.optim.adamw import AdamW
from minigrad.optim.nadam import NAdam
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.rmsprop import RMSprop
from minigrad.optim.sgd import SGD

# as in torch: these modules can be imported, but they are no attributes
del adadelta, adagrad, adam, adamax, adamw, adaptive, nadam, optimizer, rmsprop, sgd

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RMSprop",
    "lr_scheduler",
    "swa_utils",
]

# nn/later/__init__.py lists these names, which are imported at their first use.
# mypy and pyright take this for True: a misspelt name is an error to them, and lr_scheduler is a module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from minigrad.optim import lr_scheduler as lr_scheduler
    from minigrad.optim import swa_utils as swa_utils
    from minigrad.optim.lbfgs import LBFGS as LBFGS
