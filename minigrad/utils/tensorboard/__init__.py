"""Records that TensorBoard draws.   torch: torch/utils/tensorboard/__init__.py

It needs the package tensorboard, as torch's does, which writes the files: `pip install tensorboard`.
"""

from minigrad.utils.tensorboard.writer import FileWriter, RecordWriter, SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
