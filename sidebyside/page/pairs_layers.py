"""The rows of layers and losses beyond the tutorial's, on the second page under the headings of pairs.LATER."""

from __future__ import annotations

from sidebyside.page.pair import Pair, Said
from sidebyside.page.pairs_nn import SAME_RULES, SAME_TEXT, layer
from sidebyside.page.pairs_recurrent import RECURRENT

SAMPLES = "tests/test_torch_modules.py::test_module_samples"

ACTIVATIONS = [
    layer(name, "activation", f"nn.{call}(x)", "NM", en, es, group="activations", tests=SAMPLES)
    for name, call, en, es in (
        ("LeakyReLU", "LeakyReLU(0.25)", "What is negative becomes small.", "Lo negativo se hace pequeño."),
        ("ELU", "ELU()", "What is negative bends towards -α.", "Lo negativo se curva hacia -α."),
        ("GELU", "GELU()", "x, as often as a normal number lies below it.", "x, en la medida en que un número normal queda por debajo."),
        ("SiLU", "SiLU()", "x times its own sigmoid.", "x por su propia sigmoide."),
        ("Softplus", "Softplus()", "A ReLU without a corner.", "Una ReLU sin esquina."),
        ("LogSigmoid", "LogSigmoid()", "The logarithm of a sigmoid, without overflow.", "El logaritmo de una sigmoide, sin desbordamiento."),
        ("Hardtanh", "Hardtanh()", "Cut off at both ends; ReLU6 is cut off at 0 and 6.", "Cortado en ambos extremos; ReLU6, en 0 y en 6."),
    )
]  # fmt: skip

LATE_ACTIVATIONS = [
    layer(name, "more_activations", f"nn.{call}", shape, en, es, group="activations", theirs="activation", tests=SAMPLES)
    for name, call, shape, en, es in (
        ("Mish", "Mish()(x)", "NM", "x times the tanh of its Softplus.", "x por la tanh de su Softplus."),
        ("Hardswish", "Hardswish()(x)", "NM", "Like SiLU, made of straight lines and a parabola.", "Como SiLU, hecha de rectas y una parábola."),
        ("Hardsigmoid", "Hardsigmoid()(x)", "NM", "Like a sigmoid, made of straight lines.", "Como una sigmoide, hecha de rectas."),
        ("Softsign", "Softsign()(x)", "NM", "x divided by one more than its size.", "x entre uno más su tamaño."),
        ("Tanhshrink", "Tanhshrink()(x)", "NM", "What tanh takes away.", "Lo que quita la tanh."),
        ("Hardshrink", "Hardshrink()(x)", "NM", "What is near 0 becomes 0.", "Lo cercano a 0 se vuelve 0."),
        ("Softshrink", "Softshrink()(x)", "NM", "Everything moves towards 0.", "Todo se acerca a 0."),
        ("Threshold", "Threshold(0.5, 0.25)(x)", "NM", "What is not above a threshold becomes one value.", "Lo que no supera un umbral se vuelve un mismo valor."),
        ("SELU", "SELU()(x)", "NM", "An ELU that keeps mean 0 and variance 1.", "Una ELU que conserva media 0 y varianza 1."),
        ("CELU", "CELU(0.5)(x)", "NM", "An ELU whose slope has no jump.", "Una ELU cuya pendiente no salta."),
        ("RReLU", "RReLU(0.25, 0.25)(x)", "NM", "What is negative becomes small, by a random factor.", "Lo negativo se hace pequeño, por un factor aleatorio."),
        ("GLU", "GLU(0)(x)", "22", "One half of x, times the sigmoid of the other.", "Una mitad de x, por la sigmoide de la otra."),
        ("Softmin", "Softmin(dim=1)(x)", "NM", "The softmax of -x.", "La softmax de -x."),
        ("Softmax2d", "Softmax2d()(x)", "BKM", "A softmax over the channels of each pixel.", "Una softmax sobre los canales de cada píxel."),
    )
] + [
    layer("PReLU", "more_activations", "model = nn.PReLU(M)\nmodel(x)", "NM", "A LeakyReLU whose slopes are weights.",
          "Una LeakyReLU cuyas pendientes son pesos.", group="activations", theirs="activation", tests=SAMPLES),
]  # fmt: skip

LOSSES = [
    layer(name, "loss", f"nn.{call}", "NM NM", en, es, group="losses", tests=f"tests/test_ops.py::{test}")
    for name, call, test, en, es in (
        ("L1Loss", "L1Loss()(x, y)", "l1_loss", "The mean of the distances.", "La media de las distancias."),
        ("SmoothL1Loss", "SmoothL1Loss()(x, y)", "smooth_l1_loss",
         "Squares near 0, distances further away.", "Cuadrados cerca de 0, distancias más lejos."),
        ("HuberLoss", "HuberLoss()(x, y)", "huber_loss", "The same, times δ.", "Lo mismo, multiplicado por δ."),
        ("BCELoss", "BCELoss()(x.sigmoid(), y.sigmoid())", "binary_cross_entropy",
         "Cross-entropy of two classes, of a probability.", "La entropía cruzada de dos clases, de una probabilidad."),
        ("BCEWithLogitsLoss", "BCEWithLogitsLoss()(x, y.sigmoid())", "binary_cross_entropy_with_logits",
         "The same of a score, whose sigmoid it takes without overflow.",
         "Lo mismo de una puntuación, cuya sigmoide toma sin desbordamiento."),
        ("KLDivLoss", "KLDivLoss(reduction='batchmean')(x.log_softmax(1), y.softmax(1))", "kl_div",
         "How far one distribution is from another.", "Cuánto se aleja una distribución de otra."),
    )
]  # fmt: skip

ATTENTION = [
    layer("Embedding", "sparse", "nn.Embedding(8, M)(torch.arange(N) % 8) * x", "NM",
          "A table of vectors, one for each symbol.", "Una tabla de vectores, uno por cada símbolo.",
          group="attention", tests="tests/test_embedding.py::embedding", seeded=True),
    Pair(
        "nn.functional/scaled_dot_product_attention", "attention",
        ("minigrad.nn.later.attention_functions:scaled_dot_product_attention",),
        Said("PyTorch has one kernel for all of it where it can; its steps, which are compared here, are the same.",
             "PyTorch tiene un solo núcleo para todo cuando puede; sus pasos, que son los que se comparan aquí, son los mismos."),
        "tests/test_attention.py::test_three_ways", "F.scaled_dot_product_attention(x, y, y, is_causal=True)", "NM NM",
        twin=("torch_ref.attention:Attention", "torch_ref.attention:attention"), formula="softmax(Q·Kᵀ/√E + mask)·V",
        about=Said("A mean of the values, weighted by how well their keys fit the query.",
                   "Una media de los valores, ponderada por lo bien que sus claves encajan con la consulta."),
    ),
    Pair(
        "nn/MultiheadAttention", "attention",
        ("minigrad.nn.modules.attention:MultiheadAttention", "minigrad.nn.later.multihead_functions:_attention"),
        SAME_RULES, "tests/test_attention.py::test_multihead_attention", "nn.MultiheadAttention(M, 1)(x, x, x)[0]", "NM",
        about=Said("Attention of several heads, each of its own features.", "Atención de varias cabezas, cada una con sus propios rasgos."),
        seeded=True,
    ),
]  # fmt: skip

NORMS = [
    layer(name, file, f"nn.{call}", shape, en, es, group="norms", tests=SAMPLES)
    for name, file, call, shape, en, es in (
        ("LayerNorm", "normalization", "LayerNorm(M)(x)", "NM", "Each sample with mean 0 and variance 1.", "Cada muestra con media 0 y varianza 1."),
        ("LocalResponseNorm", "normalization", "LocalResponseNorm(2)(x)", "2NM", "Each channel beside the squares of its neighbours.", "Cada canal frente a los cuadrados de sus vecinos."),
        ("RMSNorm", "normalization", "RMSNorm(M)(x)", "NM", "Each sample with squares of mean 1.", "Cada muestra con cuadrados de media 1."),
        ("GroupNorm", "normalization", "GroupNorm(2, M)(x)", "NM", "Each group of channels of each sample with mean 0 and variance 1.", "Cada grupo de canales de cada muestra con media 0 y varianza 1."),
        ("BatchNorm1d", "batchnorm", "BatchNorm1d(M)(x)", "NM", "Each channel with mean 0 and variance 1, over the batch or the batches so far.",
         "Cada canal con media 0 y varianza 1, en el lote o en los lotes vistos hasta ahora."),
        ("InstanceNorm1d", "instancenorm", "InstanceNorm1d(N)(x)", "NM", "Each channel of each sample with mean 0 and variance 1.", "Cada canal de cada muestra con media 0 y varianza 1."),
    )
]  # fmt: skip

COMPILED = [
    Pair(
        "compile", "compile", ("minigrad.compiler:compile", "minigrad.compiler.program:Program.run"),
        Said("PyTorch makes machine code of a step; minigrad writes down its NumPy calls and repeats them, and every bit stays the eager step's.",
             "PyTorch convierte un paso en código máquina; minigrad anota sus llamadas a NumPy y las repite, y cada bit sigue siendo el del paso sin compilar."),
        "tests/test_compile.py::test_every_step_is_the_eager_one", python=("torch:compile",), lists=True,
    ),
]  # fmt: skip

LATE_LOSSES = [
    layer(name, file, f"nn.{call}", shapes, en, es, group="losses", theirs=file.replace("more_losses", "loss"), tests=SAMPLES)
    for name, file, call, shapes, en, es in (
        ("PairwiseDistance", "distance", "PairwiseDistance()(x, y)", "NM NM", "How far two rows are apart.", "La distancia entre dos filas."),
        ("TripletMarginLoss", "more_losses", "TripletMarginLoss()(x, y, (x - y).tanh())", "NM NM", "A row is to be nearer to the second than to the third.", "Una fila debe estar más cerca de la segunda que de la tercera."),
        ("CosineEmbeddingLoss", "more_losses", "CosineEmbeddingLoss()(x, y, torch.ones(len(x), dtype=x.dtype))", "NM NM", "Rows that belong together are to point the same way.", "Las filas que van juntas deben apuntar en el mismo sentido."),
        ("MarginRankingLoss", "more_losses", "MarginRankingLoss(0.5)(x, y, torch.ones_like(x))", "NM NM", "One number is to be greater than another.", "Un número debe ser mayor que otro."),
        ("HingeEmbeddingLoss", "more_losses", "HingeEmbeddingLoss()(x, torch.ones_like(x))", "NM", "Small distances for what is alike, large ones for the others.", "Distancias pequeñas para lo parecido, grandes para lo demás."),
        ("SoftMarginLoss", "more_losses", "SoftMarginLoss()(x, y.detach().sign())", "NM NM", "Log-loss of two classes, 1 and -1.", "La pérdida logística de dos clases, 1 y -1."),
        ("MultiMarginLoss", "more_losses", "MultiMarginLoss()(x, torch.arange(len(x)) % 2)", "NM", "The right class is to win by a margin.", "La clase correcta debe ganar con un margen."),
        ("MultiLabelMarginLoss", "more_losses", "MultiLabelMarginLoss()(x, torch.arange(x.shape[1]).expand(len(x), x.shape[1]) - 1 + (torch.arange(len(x)) % 2)[:, None])", "NM",
         "Every label is to win over the other classes by a margin.", "Cada etiqueta debe ganar a las demás clases con un margen."),
        ("MultiLabelSoftMarginLoss", "more_losses", "MultiLabelSoftMarginLoss()(x, y.sigmoid())", "NM NM", "A log-loss for each label of a sample.", "Una pérdida logística por cada etiqueta de una muestra."),
        ("PoissonNLLLoss", "more_losses", "PoissonNLLLoss()(x, y)", "NM NM", "How unlikely counts are, given the logarithms of their means.", "Lo improbables que son unos recuentos, dados los logaritmos de sus medias."),
        ("GaussianNLLLoss", "more_losses", "GaussianNLLLoss()(x, y, (x * y).exp())", "NM NM", "How unlikely normal numbers are, given their means and variances.", "Lo improbables que son unos números normales, dadas sus medias y varianzas."),
    )
]  # fmt: skip

CONVOLUTIONS = [
    layer("Conv2d", "conv", "nn.Conv2d(K, N, 2)(x)", "BKMM",
          "In each place the product of the kernels and the patch of the image there.",
          "En cada sitio, el producto de los núcleos y el trozo de la imagen que hay allí.",
          group="convolutions", tests="tests/test_conv.py::layers", seeded=True),
    layer("ConvTranspose2d", "conv", "nn.ConvTranspose2d(K, N, 2)(x)", "BKMM",
          "The other way: every number, times the kernels, is added in its place.",
          "Al revés: cada número, por los núcleos, se suma en su sitio.",
          group="convolutions", tests="tests/test_conv.py::layers", seeded=True),
    layer("ZeroPad2d", "padding", "nn.ZeroPad2d(1)(x)", "BKMM", "Zeros around an image.", "Ceros alrededor de una imagen.",
          group="convolutions", tests=SAMPLES),
]  # fmt: skip

POOLS = [
    layer(name, "pooling", f"nn.{call}(x[None])", "NM", en, es, group="pools", tests=SAMPLES)
    for name, call, en, es in (
        ("MaxPool1d", "MaxPool1d(2)", "The greatest of each window.", "El mayor de cada ventana."),
        ("AvgPool1d", "AvgPool1d(2)", "The mean of each window.", "La media de cada ventana."),
        ("AdaptiveAvgPool1d", "AdaptiveAvgPool1d(3)", "The means of a given number of windows.", "Las medias de un número dado de ventanas."),
        ("AdaptiveMaxPool1d", "AdaptiveMaxPool1d(3)", "The greatest of a given number of windows.", "Los mayores de un número dado de ventanas."),
    )
]  # fmt: skip

MODELS = [
    Pair(
        "models/LeNet", "models", ("minigrad.lenet:LeNet",), SAME_TEXT,
        "tests/test_lenet.py::test_every_step_is_equal", 'model = models["lenet"](64, M, 4)\nmodel(x.flatten(1))', "N88",
        twin=("torch_ref.lenet:LeNet",), seeded=True,
        about=Said("Convolution, ReLU and pooling, twice; then two linear layers.",
                   "Convolución, ReLU y pooling, dos veces; después, dos capas lineales."),
    ),
]  # fmt: skip

SHARDS = [
    Pair(
        "nn/DistributedDataParallel", "shards",
        ("minigrad.nn.parallel.distributed:DistributedDataParallel.forward", "minigrad.nn.parallel.distributed:DistributedDataParallel._arrived", "minigrad.nn.parallel.distributed:DistributedDataParallel._average", "minigrad.shards:InTurns"),
        Said("PyTorch's exchange is C++, begun while backward still runs; minigrad's begins when the last gradient is there, and adds in order of the ranks.",
             "El intercambio de PyTorch es C++ y empieza durante backward; el de minigrad empieza con el último gradiente y suma en el orden de los procesos."),
        "tests/test_distributed.py::gloo", "torch.stack([(x[r::2] * y[r::2]).square().mean() for r in range(2)]).mean()", "NM NM",
        twin=("torch_ref.shards:InTurns",), python=("torch.nn.parallel.distributed:DistributedDataParallel.forward", "torch.nn.parallel.distributed:DistributedDataParallel.no_sync"),
        about=Said("Each process has a shard of the batch, and all step with the mean of their gradients.",
                   "Cada proceso tiene un fragmento del lote, y todos dan el paso con la media de sus gradientes."),
    ),
]  # fmt: skip

LAYERS = [
    *COMPILED,
    *MODELS,
    *SHARDS,
    *ACTIVATIONS,
    *LATE_ACTIVATIONS,
    *LOSSES,
    *LATE_LOSSES,
    *CONVOLUTIONS,
    *NORMS,
    *POOLS,
    *ATTENTION,
    *RECURRENT,
]
