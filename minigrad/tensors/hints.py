"""What to say of PyTorch's names that minigrad does not have.   torch: nothing like it

missing.py reads these tables when a program asks for such a name. Nothing here has to be changed when a name arrives:
a name that is there is never asked for, and a family tells which of its members are there by looking.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Family(NamedTuple):
    """Names that belong together."""

    pattern: str
    noun: str
    instead: str = ""  # what a program can do now, as a sentence

    def told(self, there: list[str]) -> str:
        """What to say of one of its names, if the names in `there` are minigrad's."""
        members = sorted({name for name in there if re.fullmatch(self.pattern, name)})
        said = (
            f"Of the {self.noun} minigrad has {', '.join(members)}."
            if members
            else f"minigrad has no {self.noun}."
        )
        return f"{said} {self.instead}".strip()


_NUMPY = "Without a gradient, NumPy's works: {}(x.detach().numpy())."

# fmt: off
FAMILIES = [
    # layers and their functions
    Family(r"conv_tbc", "convolutions"),
    Family(r"\w*(Pool|_pool|Unpool|_unpool)\dd\w*", "pooling"),
    Family(r"(Lazy)?\w*(Batch|Layer|Instance|Group|RMS|Response)Norm(\dd)?", "normalization layers"),
    Family(r"(batch|layer|instance|group|rms|local_response)_norm", "normalization functions"),
    Family(r"(RNN|LSTM|GRU)\w*|(rnn|lstm|gru)\w*|\w*_sequence|PackedSequence", "recurrent layers"),
    Family(r"Transformer\w*|Multihead\w*|\w*attention\w*", "attention"),
    Family(r"Embedding(Bag)?|embedding(_bag)?", "embedding layers"),
    Family(r"\w*Dropout(\dd)?|\w*dropout(\dd)?", "kinds of dropout"),
    Family(r"UpsamplingBilinear2d|upsample_\w*|grid_sample\w*|affine_grid\w*|\w*[Ss]huffle", "resampling of images"),
    Family(r"Lazy\w+", "lazy layers", "Give the layer its number of input features."),
    Family(r"\w*Loss\w*", "losses"),
    Family(r"\w*_loss|\w*cross_entropy\w*|kl_div", "loss functions"),
    Family(
        r"(R|Leaky|P)?ReLU6?|RReLU|C?ELU|SELU|GELU|GLU|SiLU|Mish|Hard\w+|Softplus|Softsign|Softshrink|Softmin|"
        r"Softmax(2d)?|LogSoftmax|(Log)?Sigmoid|Tanh(shrink)?|Threshold",
        "activations",
    ),
    Family(
        r"(leaky_|r|p)?relu6?|c?elu|selu|gelu|glu|silu|mish|hard\w+|soft(plus|sign|shrink|min|max)|log_?sigmoid|"
        r"log_softmax|sigmoid|tanh(shrink)?|threshold",
        "activation functions",
    ),
    # training
    Family(r"Ada(grad|delta|max|factor)|\w*Adam\w*|ASGD|SGD|RMSprop|Rprop|LBFGS|Muon", "optimizers"),
    Family(
        r"lr_scheduler|\w*LR|ReduceLROnPlateau|CosineAnnealing\w*", "learning rate schedules",
        'A program changes a rate itself: for group in optimizer.param_groups: group["lr"] *= 0.1.',
    ),
    Family(r"distributed|multiprocessing|parallel|rpc|\w*DataParallel", "parallel training"),
    Family(r"amp|GradScaler|\w*autocast\w*", "mixed precision", "model.double() and model.half() work."),
    Family(
        r"func|functional|functional_call|vmap|jacobian|hessian|[jv][vh]p|hvp|jac(rev|fwd)|forward_ad|dual_level",
        "transforms of functions",
        "autograd.grad(..., create_graph=True) gives a gradient that can be differentiated again.",
    ),
    Family(r"profiler?|emit_(nvtx|itt)|benchmark", "profiler", "Python's cProfile and timeit work."),
    Family(r"hub|model_zoo", "trained models"),
    Family(r"jit|fx|export|onnx|package|library|Script\w+", "scripts and no export, but torch.compile"),
    # tensors
    Family(r"\w*quantiz\w*|q(u?int)\d+\w*|quint\w+|q_\w+|qscheme|int_repr|fake_\w+", "quantization"),
    Family(
        r"\w*sparse_\w+|to_sparse|is_sparse|coalesce|is_coalesced|to_dense|(c?row|col|ccol)_indices|smm|sspaddmm|hspmm",
        "sparse tensors",
    ),
    Family(
        r"complex\d*|cfloat|cdouble|chalf|is_complex|real|imag|\w*conj\w*|view_as_(real|complex)|polar|angle|"
        r"resolve_neg",
        "complex numbers",
    ),
    Family(r"bfloat16|float[48]_\w+|u?int[1-7]|bits\d\w*", "number types beyond NumPy's"),
    Family(r"uint(16|32|64)", "unsigned integers but uint8"),
    Family(r"fft|stft|istft|\w+_window", "Fourier transforms", _NUMPY.format("numpy.fft.fft")),
    Family(
        r"linalg|svd\w*|qr|orgqr|ormqr|geqrf|lu|lu_\w+|cholesky\w*|inverse|pinverse|det|logdet|slogdet|lstsq|lobpcg|"
        r"matrix_(power|exp|rank)|pca_lowrank|triangular_solve",
        "linear algebra beyond products", _NUMPY.format("numpy.linalg.inv"),
    ),
    Family(
        r"[Bb]eta|[Gg]amma|[Dd]irichlet|[Pp]oisson|[Ee]xponential|[Ll]aplace|[Mm]ultivariate_?[Nn]ormal|StudentT|Geometric",
        "probability distributions but Bernoulli, Categorical, Normal and Uniform",
        "Their samples would not be PyTorch's for the same seed.",
    ),
    Family(r"distributions", "probability distributions", "There are randn, rand, randint, normal and bernoulli."),
    Family(
        r"\w*bessel\w*|\w*gamma\w*|special|erf(c|inv|cx)?|i0e?|i1e?|sinc|xlogy|logit|entr|ndtri?|zeta",
        "special functions",
    ),
    Family(r"hist(c|ogram(dd)?)", "histograms"),
    Family(r"(a|arc)?(sin|cos|tan)h?", "trigonometric functions"),
    Family(r"bitwise_\w+", "functions of bits", "The operators &, |, ^ and ~ work on integers and bools."),
    Family(
        r"scatter\w*|index_(add|copy|fill|put|reduce)|put|take|take_along_dim", "scatter functions",
        "x[indices] = values writes into x, and gradients flow through it.",
    ),
    Family(r"pin_memory|is_pinned|share_memory|is_shared", "pinned or shared memory"),
    Family(r"(is_)?(mps|xpu|mtia|xla|ipu|hpu|maia|vulkan)", "devices but the CPU and, through CuPy, CUDA"),
]
# fmt: on


def hint(name: str, there: list[str]) -> str:
    """A sentence or two about a name that minigrad does not have; "" if nothing is known. `there` are those it has."""
    plain = name.removesuffix("_")  # tan_ is of tan's family
    family = next((each for each in FAMILIES if re.fullmatch(each.pattern, plain)), None)
    return family.told(there) if family else ""
