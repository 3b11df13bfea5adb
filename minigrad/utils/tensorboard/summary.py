"""Values as the protocol buffers that TensorBoard reads.   torch: torch/utils/tensorboard/summary.py"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData

from minigrad.tensors.tensor import Tensor

# The positive bounds of a histogram's bins: each is 1.1 of the one before, up to 1e20.
_STEPS = np.cumprod(np.r_[1e-12, np.full(773, 1.1)])
# More thresholds than 127 do not fit into the record.
_MOST_THRESHOLDS = 127
# Below this, a count stands for zero in a quotient.
_LEAST_COUNT = 1e-7


def as_array(x: Any) -> np.ndarray:
    """A tensor's values, an array itself, a number as an array of one. Raises NotImplementedError for all else."""
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()
    raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")


def scalar(tag: str, value: Any, new_style: bool = False, double_precision: bool = False) -> Summary:
    """One number; new_style writes it as a tensor. Raises AssertionError if value has several elements."""
    array = as_array(value).squeeze()
    if array.ndim != 0:
        raise AssertionError(
            "Tensor should contain one element (0 dimensions).             "
            f"Was given size: {array.size} and {array.ndim} dimensions."
        )
    number = float(array)
    if not new_style:
        return Summary(value=[Summary.Value(tag=tag, simple_value=number)])
    if double_precision:
        tensor = TensorProto(double_val=[number], dtype="DT_DOUBLE")
    else:
        tensor = TensorProto(float_val=[number], dtype="DT_FLOAT")
    return _for_plugin(tag, tensor, "scalars")


def histogram(tag: str, values: Any, bins: Any, max_bins: int | None = None) -> Summary:
    """How many values lie in each bin; of bins without values only the one before the first stays."""
    x = as_array(values).astype(float).reshape(-1)
    if x.size == 0:
        raise ValueError("The input has no element.")
    counts, limits = np.histogram(x, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        counts, limits = _fewer_bins(counts, limits, len(counts) // max_bins)
    filled = np.flatnonzero(counts)
    first, end = filled[0], filled[-1] + 1
    counts = np.r_[counts[first - 1] if first else 0, counts[first:end]]
    histo = HistogramProto(
        min=x.min(), max=x.max(), num=len(x), sum=x.sum(), sum_squares=x.dot(x),
        bucket_limit=limits[first : end + 1].tolist(), bucket=counts.tolist(),
    )  # fmt: skip
    return Summary(value=[Summary.Value(tag=tag, histo=histo)])


def _fewer_bins(counts: np.ndarray, limits: np.ndarray, each: int) -> tuple[np.ndarray, np.ndarray]:
    """`each` neighbouring bins together."""
    full = np.pad(counts, (0, -len(counts) % each))
    return full.reshape(-1, each).sum(-1), np.r_[limits[:-1:each], limits[-1]]


def default_bins() -> list[float]:
    """TensorFlow's bins, from -1e20 to 1e20."""
    return [*(-_STEPS[::-1]).tolist(), 0, *_STEPS.tolist()]


def image(tag: str, pixels: Any, dataformats: str) -> Summary:
    """A picture as PNG; bytes are 0 to 255, other numbers 0 to 1. dataformats names each dim: "CHW", "NHWC", "HW"."""
    from PIL import Image  # as torch: only pictures need it

    x = _height_width_channel(as_array(pixels), dataformats)
    scale = 1 if x.dtype == np.uint8 else 255
    x = (x.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    height, width, channels = x.shape
    png = BytesIO()
    Image.fromarray(x).save(png, format="PNG")
    picture = Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=png.getvalue()
    )
    return Summary(value=[Summary.Value(tag=tag, image=picture)])


def _height_width_channel(x: np.ndarray, dataformats: str) -> np.ndarray:
    """(height, width, channels) of any order of dims; gray becomes three channels, a batch a grid."""
    if len(set(dataformats)) != len(dataformats):
        raise AssertionError(
            f"You can not use the same dimension shorthand twice.             input_format: {dataformats}"
        )
    if x.ndim != len(dataformats):
        raise AssertionError(
            "size of input tensor and input format are different.         "
            f"tensor shape: {x.shape}, input_format: {dataformats}"
        )
    order = {4: "NCHW", 3: "HWC", 2: "HW"}[x.ndim]
    x = x.transpose([dataformats.upper().find(letter) for letter in order])
    if x.ndim == 4:
        return _grid(x).transpose(1, 2, 0)
    if x.ndim == 2:
        return np.stack([x] * 3, 2)
    return np.concatenate([x] * 3, 2) if x.shape[2] == 1 else x


def _grid(x: np.ndarray, columns: int = 8) -> np.ndarray:
    """(3, height, width) of a batch of pictures (N, 1 or 3, height, width), row after row."""
    if x.shape[1] == 1:
        x = np.concatenate([x] * 3, 1)
    if x.shape[1] != 3:
        raise AssertionError("Input should be a 4D numpy array with 3 channels")
    number, _, height, width = x.shape
    columns = min(number, columns)
    rows = -(-number // columns)
    grid = np.zeros((3, height * rows, width * columns), x.dtype)
    for i, picture in enumerate(x):
        top, left = i // columns * height, i % columns * width
        grid[:, top : top + height, left : left + width] = picture
    return grid


def figure_pixels(figure: Any, close: bool) -> np.ndarray:
    """(3, height, width) of a Matplotlib figure; a batch of a list of figures."""
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    if isinstance(figure, list):
        return np.stack([figure_pixels(each, close) for each in figure])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].transpose(2, 0, 1)
    if close:
        plt.close(figure)
    return pixels


def text(tag: str, words: str) -> Summary:
    """A text, which TensorBoard reads as Markdown."""
    tensor = TensorProto(dtype="DT_STRING", string_val=[words.encode("utf-8")], tensor_shape=_shape(1))
    return _for_plugin(tag + "/text_summary", tensor, "text", TextPluginData(version=0).SerializeToString())


def pr_curve(tag: str, labels: Any, predictions: Any, thresholds: int, weights: Any) -> Summary:
    """Precision and recall at each threshold of predictions in [0, 1]; labels are 0 or 1."""
    thresholds = min(thresholds, _MOST_THRESHOLDS)
    rows = _counts(as_array(labels), as_array(predictions), thresholds, 1.0 if weights is None else weights)
    tensor = TensorProto(
        dtype="DT_FLOAT", float_val=rows.reshape(-1).tolist(), tensor_shape=_shape(*rows.shape)
    )
    content = PrCurvePluginData(version=0, num_thresholds=thresholds).SerializeToString()
    return _for_plugin(tag, tensor, "pr_curves", content)


def _counts(labels: np.ndarray, predictions: np.ndarray, thresholds: int, weights: Any) -> np.ndarray:
    """True and false positives, true and false negatives, precision, recall; a column for each threshold."""
    place = np.int32(np.floor(predictions * (thresholds - 1)))

    def at_least(weight: Any) -> np.ndarray:
        """The weight of the predictions that reach a threshold."""
        found, _ = np.histogram(place, bins=thresholds, range=(0, thresholds - 1), weights=weight)
        return found[::-1].cumsum()[::-1]

    truth = labels.astype(np.float64)
    tp, fp = at_least(truth * weights), at_least((1.0 - truth) * weights)
    tn, fn = fp[0] - fp, tp[0] - tp
    precision, recall = tp / np.maximum(_LEAST_COUNT, tp + fp), tp / np.maximum(_LEAST_COUNT, tp + fn)
    return np.stack((tp, fp, tn, fn, precision, recall))


def _shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def _for_plugin(tag: str, tensor: TensorProto, plugin: str, content: bytes = b"") -> Summary:
    """A tensor that a plugin of TensorBoard draws."""
    data = SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=SummaryMetadata(plugin_data=data))])


def hparams(
    values: dict[str, Any], metrics: dict[str, Any], domains: dict[str, Sequence[Any]]
) -> list[Summary]:
    """Hyperparameters of a run and the names of its metrics: what the experiment has, its start, its end."""
    from google.protobuf.struct_pb2 import Value
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import (
        HParamsPluginData,
        SessionEndInfo,
        SessionStartInfo,
    )

    for name, domain in domains.items():
        kind = type(values.get(name))
        if (
            name not in values
            or not isinstance(domain, list)
            or not all(isinstance(each, kind) for each in domain)
        ):
            raise TypeError(
                f"parameter: hparam_domain_discrete[{name}] should be a list of same type as hparam_dict[{name}]."
            )
    start, infos = SessionStartInfo(), []
    for name, value in values.items():
        if value is None:
            continue
        field, number_or_word = _field(value)
        setattr(start.hparams[name], field, as_array(value)[0] if isinstance(value, Tensor) else value)
        info = api_pb2.HParamInfo(name=name, type=api_pb2.DataType.Value(number_or_word))
        if name in domains:
            info.domain_discrete.values.extend(Value(**{field: each}) for each in domains[name])
        infos.append(info)
    names = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metrics]
    parts = {
        metadata.EXPERIMENT_TAG: {"experiment": api_pb2.Experiment(hparam_infos=infos, metric_infos=names)},
        metadata.SESSION_START_INFO_TAG: {"session_start_info": start},
        metadata.SESSION_END_INFO_TAG: {
            "session_end_info": SessionEndInfo(status=api_pb2.Status.Value("STATUS_SUCCESS"))
        },
    }
    found = []
    for tag, part in parts.items():
        content = HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **part).SerializeToString()
        data = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content)
        found.append(Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=data))]))
    return found


def _field(value: Any) -> tuple[str, str]:
    """Where a hyperparameter's value goes, and its type."""
    # A bool is an int in Python, and torch asks for numbers first.
    if isinstance(value, (int, float, Tensor)):
        return "number_value", "DATA_TYPE_FLOAT64"
    if isinstance(value, str):
        return "string_value", "DATA_TYPE_STRING"
    raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")
