"""The rows that are no ops: Tensor and backward, layers, losses, optimizers, models and training."""

from __future__ import annotations

from sidebyside.page.pair import Pair, Said
from sidebyside.programs.ops import module_of

_M = "minigrad.nn.modules"
_T = "torch.nn.modules"
STEPS = """model = nn.Linear(M, K)
sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(3):
    sgd.zero_grad()
    (model(x) ** 2).mean().backward()
    sgd.step()
model(x)"""
RATES = """sgd = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.{made}
rates = []
for _ in range(M):
    sgd.step()
    scheduler.step({metric})
    rates += scheduler.get_last_lr()
x * torch.tensor(rates)"""
TRAINED = """model = models["sequential"](M, K, 4)
step = {step}
losses = [step(x.detach(), torch.arange(N) % 4) for _ in range(5)]
F.cross_entropy(model(x), torch.arange(N) % 4)"""
MODULE = ("__call__", "named_parameters", "zero_grad", "train", "__setattr__")
CROSS_ENTROPY = (
    "z = -Σᵢ log p[i, yᵢ] / N, p = softmax(x)        dxᵢⱼ = (pᵢⱼ - 1[j = yᵢ])·dz/N        x: N×C, y: N"
)
# Of the containers what they add to a Module; the rest is what Python's list and dict have.
MEMBERS = {
    "Sequential": ("forward", "__init__"),
    "ModuleList": ("__init__", "__getitem__", "extend"),
    "ModuleDict": ("__init__", "__getitem__", "__setitem__", "update"),
    "ParameterList": ("__init__", "__getitem__", "append"),
}
SAME_TEXT = Said(
    "They differ in one line, the import: a test holds the two files together.",
    "Solo difieren en una línea, el import; una prueba garantiza que los dos ficheros sigan iguales.",
)
FUSED = Said(
    "The steps are PyTorch's, in its order; PyTorch's lerp, addcmul and add with alpha round once what is rounded twice here.",
    "Los pasos son los de PyTorch, en su orden; lerp, addcmul y add con alpha de PyTorch redondean una vez lo que aquí se redondea dos.",
)
FLOATS = Said(
    "They do not: both compute the rates with Python's floats, in the same order.",
    "No difieren: ambos calculan las tasas con los float de Python, en el mismo orden.",
)
SAME_RULES = Said(
    "PyTorch's is written for scripting, quantisation and more besides; what it computes is the same.",
    "El de PyTorch contempla además scripting, cuantización y otros usos; lo que calcula es lo mismo.",
)


def _model(name: str, symbol: str, en: str, es: str) -> Pair:
    return Pair(
        f"models/{symbol}", "training", (f"minigrad.models:{symbol}",), SAME_TEXT,
        "tests/test_twins.py::test_twins_differ_in_the_import_alone", f'model = models["{name}"](M, K, 4)\nmodel(x)', "NM",
        twin=(f"torch_ref.models:{symbol}",), about=Said(en, es), seeded=True,
    )  # fmt: skip


def _optimizer(
    name: str,
    file: str,
    python: str,
    formula: str,
    why: Said,
    en: str,
    es: str,
    shown: tuple[str, ...] = ("_update",),
) -> Pair:
    steps = STEPS.replace("SGD", name).replace("sgd", "optimizer").replace(", lr=0.1, momentum=0.9", "")
    return Pair(
        f"optim/{name}", "training", tuple(f"minigrad.optim.{file}:{name}.{each}" for each in shown), why,
        "tests/test_optimizers.py::test_every_option_on_exchanged_kernels", steps, "NM",
        twin=tuple(f"torch_ref.optim:{name}.{each}" for each in shown),
        python=(f"torch.optim.{file}:{python or name + '.__init__'}",), formula=formula, about=Said(en, es), smooth=False,
    )  # fmt: skip


def _scheduler(made: str, file: str, shown: str, python: str, en: str, es: str) -> Pair:
    name = "LRScheduler" if file == "base" else made.partition("(")[0]
    return Pair(
        f"optim.lr_scheduler/{name}", "training", tuple(f"minigrad.optim.lr_scheduler.{file}:{each}" for each in shown.split()),
        FLOATS, "tests/test_lr_scheduler.py::test_every_rate_is_torchs",
        RATES.format(made=made, metric="1.0" if name == "ReduceLROnPlateau" else ""), "NM",
        python=tuple(f"torch.optim.lr_scheduler:{name}.{each}" for each in python.split()), about=Said(en, es),
    )  # fmt: skip


def layer(
    name: str, file: str, program: str, shapes: str, en: str, es: str, *, formula: str = "", seeded: bool = False,
    twin: tuple[str, ...] = (), why: Said = SAME_RULES, tests: str = "", op: str = "", group: str = "layers",
    theirs: str = "",
) -> Pair:  # fmt: skip
    """Return the row of a module; `op` is the op that its forward calls, if the op's code is to be shown there.

    `theirs` is torch's file, if it has another name.
    """
    ops = (f"{module_of(op)}:{op}",) if op else ()
    tests = tests or f"tests/test_{'containers' if file == 'container' else 'nn_layers'}.py::{name.lower()}"
    symbols = [f"{name}.{member}" for member in MEMBERS[name]] if name in MEMBERS else [name]
    return Pair(
        f"nn/{name}", group, (*ops, *(f"{_M}.{file}:{symbol}" for symbol in symbols)), why, tests, program,
        shapes, twin=twin, python=tuple(f"{_T}.{theirs or file}:{symbol}" for symbol in symbols), about=Said(en, es), formula=formula, seeded=seeded,
    )  # fmt: skip


PAIRS = [
    Pair(
        "Tensor", "engine", ("minigrad.tensors.tensor:Tensor.__init__", "minigrad.tensors.methods:operator", "minigrad.tensors.methods:in_place"),
        Said("PyTorch's Tensor is C++ behind a Python class; minigrad's is an array and the node that made it.",
             "El Tensor de PyTorch es C++ tras una clase de Python; el de minigrad, un array y el nodo que lo creó."),
        "tests/test_tensor.py::tensor", "z = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=x.dtype)\n(z * x).sum() + z[0]",
        "22", python=("torch._tensor:Tensor.__rsub__", "torch._tensor:Tensor.__len__", "torch._tensor:Tensor.__array__"),
        about=Said("An array, the node that made it, and PyTorch's methods, each one call of an op.",
                   "Un array, el nodo que lo creó y los métodos de PyTorch, cada uno una llamada a una operación."),
    ),
    Pair(
        "backward", "engine",
        ("minigrad.autograd.engine:run_backward", "minigrad.autograd.gradients:backward", "minigrad.autograd.variable:Variable.backward"),
        Said("PyTorch's engine is C++ with a queue for each device; both visit the newest node first, so that sums "
             "of gradients associate alike.",
             "El motor de PyTorch es C++ con una cola por dispositivo; ambos visitan primero el nodo más reciente, así "
             "que las sumas de gradientes se asocian igual."),
        "tests/test_engine.py::backward", "z = x * y\nw = torch.tanh(z) + x\n(w * z + x * w).sum()", "NM NM",
        python=("torch.autograd:backward", "torch._tensor:Tensor.backward"),
        about=Said("The backward pass: nodes, newest first, each hands its gradient on.",
                   "El paso hacia atrás: los nodos, del más reciente al más antiguo, van pasando su gradiente."),
    ),
    Pair(
        "grad", "engine", ("minigrad.autograd.gradients:grad",),
        Said("PyTorch's hands on to C++; minigrad asks the same pass for what arrives at the inputs.",
             "El de PyTorch delega en C++; minigrad pide al mismo recorrido lo que llega a las entradas."),
        "tests/test_autograd.py::grad", "torch.autograd.grad((x * x * y).sum(), x, create_graph=True)[0] * y", "NM NM",
        python=("torch.autograd:grad",),
        about=Said("Gradients as values, which can be differentiated again.",
                   "Gradientes como valores, que se pueden volver a derivar."),
    ),
    Pair(
        "no_grad", "engine", ("minigrad.autograd.grad_mode:GradMode", "minigrad.autograd.grad_mode:no_grad"),
        Said("PyTorch keeps the switch in C++, for each thread; here it is an attribute of a thread's own object.",
             "PyTorch guarda el interruptor en C++, uno por hilo; aquí es un atributo de un objeto propio de cada hilo."),
        "tests/test_modes.py::no_grad", "with torch.no_grad():\n    z = x * 2\nx * z", "NM",
        python=("torch.autograd.grad_mode:no_grad",), smooth=False,
        about=Said("Within it, ops leave no nodes.", "Dentro de él, las operaciones no dejan nodos."),
    ),
    Pair(
        "Function", "engine",
        tuple(f"minigrad.autograd.function:Function.{name}" for name in ("apply", "forward", "backward", "__init_subclass__")),
        Said("PyTorch binds the context to a C++ node; minigrad's node is the context.",
             "PyTorch asocia el contexto a un nodo de C++; en minigrad el nodo es el contexto."),
        "tests/test_function.py::function",
        "class Cube(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ctx.save_for_backward(x)\n"
        "        return x * x * x\n    @staticmethod\n    def backward(ctx, dz):\n        (x,) = ctx.saved_tensors\n"
        "        return dz * 3 * x * x\nCube.apply(x)", "NM", python=("torch.autograd.function:Function.apply",),
        about=Said("Ops of your own: a forward, and a backward by hand.",
                   "Operaciones propias: un forward y un backward escritos a mano."),
    ),
    Pair(
        "nn/Parameter", "layers", ("minigrad.nn.parameter:Parameter",),
        Said("PyTorch makes it with a metaclass; minigrad's is a Tensor that modules register.",
             "PyTorch lo crea con una metaclase; el de minigrad es un Tensor que los módulos registran."),
        "tests/test_module.py::parameter", "w = nn.Parameter(x.detach() + 1)\nx * w", "NM", python=("torch.nn.parameter:Parameter",),
        about=Said("A Tensor that a Module counts among its weights.", "Un Tensor que un Module cuenta entre sus pesos."), smooth=False,
    ),
    Pair(
        "nn/Module", "layers",
        tuple(f"{_M}.module:Module.{name}" for name in (*MODULE, "forward", "__init__")),
        Said("PyTorch's also compiles, scripts and shares; the tree, its names and its hooks are the same.",
             "El de PyTorch además compila, exporta y comparte; el árbol, sus nombres y sus hooks son los mismos."),
        "tests/test_module.py::module",
        'class Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = nn.Linear(M, K), nn.Linear(K, 2)\n'
        "    def forward(self, x):\n        return self.b(self.a(x))\nmodel = Two()\nmodel(x)", "NM",
        python=tuple(f"{_T}.module:Module.{name}" for name in MODULE),
        about=Said("A tree of named parameters, and a forward.", "Un árbol de parámetros con nombre y un forward."), seeded=True,
    ),
    layer("Linear", "linear", "model = nn.Linear(M, K)\nmodel(x)", "NM", "A linear layer, and its first weights.",
           "Una capa lineal y sus primeros pesos.",
           seeded=True, twin=("torch_ref.functions:Linear",), op="linear", tests="tests/test_torch_ref.py::test_linear",
           why=Said("The rule is the same, and so are the first weights; PyTorch adds the bias inside the product.",
                    "La regla es la misma, igual que los primeros pesos; PyTorch suma el sesgo dentro del producto.")),
    layer("ReLU", "activation", "nn.ReLU()(x)", "NM", "What is negative becomes 0.", "Lo negativo se vuelve 0.",
           twin=("torch_ref.functions:ReLU",), op="relu",
           tests="tests/test_torch_ref.py::test_relu",
           why=Said("They do not: one comparison for each element; -0.0 and nan come out as in PyTorch.",
                    "No difieren: una comparación por elemento; -0.0 y nan salen como en PyTorch.")),
    layer("Softmax", "activation", "nn.Softmax(dim=1)(x)", "NM", "Scores as probabilities.", "Puntuaciones convertidas en probabilidades.",
           twin=("torch_ref.functions:Softmax",), op="softmax", tests="tests/test_torch_ref.py::test_softmax",
           why=Said("The rule is the same; exp and the sum round in other ways.",
                    "La regla es la misma; exp y la suma redondean de otra manera.")),
    layer("LogSoftmax", "activation", "nn.LogSoftmax(dim=1)(x)", "NM", "Scores as log-probabilities.",
           "Puntuaciones convertidas en logaritmos de probabilidades.",
           twin=("torch_ref.functions:LogSoftmax",), op="log_softmax", tests="tests/test_torch_ref.py::test_softmax",
           why=Said("The rule is the same; exp, log and the sum round in other ways.",
                    "La regla es la misma; exp, log y la suma redondean de otra manera.")),
    layer("Sigmoid", "activation", "nn.Sigmoid()(x)", "NM", "Squeezed between 0 and 1.", "Comprimido entre 0 y 1.", op="sigmoid"),
    layer("Tanh", "activation", "nn.Tanh()(x)", "NM", "Squeezed between -1 and 1.", "Comprimido entre -1 y 1.", op="tanh"),
    layer("Sequential", "container", "model = nn.Sequential(nn.Linear(M, K), nn.ReLU(), nn.Linear(K, 4))\nmodel(x)", "NM",
           "Modules called one after the other.", "Módulos que se llaman uno tras otro.", seeded=True),
    layer("ModuleList", "container", "model = nn.ModuleList([nn.Linear(M, K), nn.Linear(K, 4)])\nmodel[1](model[0](x))", "NM",
           "A list of modules whose parameters count.", "Una lista de módulos cuyos parámetros cuentan.", seeded=True),
    layer("ModuleDict", "container", 'model = nn.ModuleDict({"a": nn.Linear(M, K)})\nmodel["a"](x)', "NM",
           "Modules by name.", "Módulos por nombre.", seeded=True),
    layer("ParameterList", "container", "model = nn.ParameterList([torch.ones(M, dtype=x.dtype)])\nx * model[0]", "NM",
           "A list of parameters.", "Una lista de parámetros."),
    layer("Identity", "linear", "nn.Identity()(x)", "NM", "What comes in goes out.", "Lo que entra sale."),
    layer("Flatten", "flatten", "nn.Flatten()(x)", "NMK", "All but the batch in one dimension.",
           "Todas las dimensiones menos la del lote, en una sola."),
    layer("Dropout", "dropout", "nn.Dropout(0.5)(x)", "NM", "While training, random elements become 0, the same ones as in PyTorch.",
           "Al entrenar, se anulan elementos al azar, los mismos que en PyTorch.", seeded=True),
    Pair(
        "nn.functional/cross_entropy", "layers", ("minigrad.nn.ops:log_softmax", "minigrad.nn.ops:nll_loss", "minigrad.nn.functional:cross_entropy_loss"),
        Said("Both take log-softmax and then the negative log-likelihood; exp, log and the sums round in other ways.",
             "Ambos calculan log-softmax y después la log-verosimilitud negativa; exp, log y las sumas redondean de otra manera."),
        "tests/test_torch_ref.py::test_cross_entropy", "F.cross_entropy(x, torch.arange(N) % M)", "NM",
        twin=tuple(f"torch_ref.functions:{name}" for name in ("LogSoftmax", "NLLLoss", "cross_entropy")),
        python=("torch.nn.functional:cross_entropy",), formula=CROSS_ENTROPY,
        about=Said("How surprised the model is by the right class.", "Cuánto sorprende al modelo la clase correcta."),
    ),
    layer("CrossEntropyLoss", "loss", "nn.CrossEntropyLoss()(x, torch.arange(N) % M)", "NM", "Cross-entropy as a module.",
           "La entropía cruzada como módulo.", twin=("torch_ref.functions:cross_entropy",), tests="tests/test_loss.py::cross_entropy", formula=CROSS_ENTROPY),
    layer("NLLLoss", "loss", "nn.NLLLoss()(x, torch.arange(N) % M)", "NM", "The negative log-likelihood of the right classes.",
           "La log-verosimilitud negativa de las clases correctas.", twin=("torch_ref.functions:NLLLoss",), op="nll_loss",
           tests="tests/test_loss.py::nll"),
    layer("MSELoss", "loss", "nn.MSELoss()(x, y)", "NM NM", "The mean of the squared differences.",
           "La media de las diferencias al cuadrado.", op="mse_loss", tests="tests/test_ops.py::mse_loss"),
    Pair(
        "optim/Optimizer", "training", ("minigrad.optim.optimizer:Optimizer.zero_grad", "minigrad.optim.optimizer:Optimizer.add_param_group",
                                        "minigrad.optim.optimizer:Optimizer.__init__"),
        Said("PyTorch's also profiles and compiles; groups, options and state are kept alike.",
             "El de PyTorch además perfila y compila; grupos, opciones y estado se guardan igual."),
        "tests/test_optim.py::optimizer", STEPS.replace(", momentum=0.9", ""), "NM",
        python=("torch.optim.optimizer:Optimizer.zero_grad", "torch.optim.optimizer:Optimizer.add_param_group"),
        about=Said("Groups of parameters, their options and state.", "Grupos de parámetros, sus opciones y su estado."), smooth=False,
    ),
    Pair(
        "optim/SGD", "training", tuple(f"minigrad.optim.sgd:SGD.{name}" for name in ("step", "_update", "_with_momentum")),
        Said("PyTorch's kernel rounds w + (-lr)·g once; minigrad, like w -= lr * g, rounds the product first.",
             "El núcleo de PyTorch redondea w + (-lr)·g una sola vez; minigrad, igual que w -= lr * g, redondea antes el producto."),
        "tests/test_torch_ref.py::test_sgd", STEPS, "NM",
        twin=tuple(f"torch_ref.optim:{name}" for name in ("ByHand.step", "SGD._update", "SGD._with_momentum")),
        python=("torch.optim.sgd:_single_tensor_sgd",), formula="w ← w - lr·g",
        about=Said("Stochastic gradient descent, with momentum and the rest.", "Descenso por gradiente estocástico, con momento y lo demás."),
        smooth=False,
    ),
    _optimizer(
        "Adam", "adam", "_single_tensor_adam", "w ← w - lr·m̂/(√v̂ + eps)",
        Said("By hand they often differ in where eps goes, outside the root as √v̂ + eps or inside as √(v̂ + eps), which takes shorter steps, "
             "and in the bias correction, which PyTorch and minigrad apply to the step size and to √v, not to m and v; apart from that, only "
             "PyTorch's lerp and addcmul round once what minigrad rounds twice.",
             "A mano suelen diferir en dónde va eps, fuera de la raíz como √v̂ + eps o dentro como √(v̂ + eps), que da pasos más cortos, y en la "
             "corrección del sesgo, que PyTorch y minigrad aplican al tamaño del paso y a √v, no a m y v; por lo demás, solo lerp y addcmul de "
             "PyTorch redondean una vez lo que minigrad redondea dos."),
        "Each weight's step: its mean gradient over the root of its mean squared gradient.",
        "El paso de cada peso: su gradiente medio entre la raíz de la media de sus gradientes al cuadrado.",
    ),
    _optimizer(
        "AdamW", "adamw", "", "w ← w - lr·λ·w", FUSED, "Adam, whose weight decay does not pass through the means.",
        "Adam, con un weight decay que no pasa por las medias.", shown=("__init__",),
    ),
    _optimizer(
        "NAdam", "nadam", "_single_tensor_nadam", "w ← w - lr·m̂/(√v̂ + eps)", FUSED,
        "Adam, which looks one step ahead, as Nesterov's momentum does.",
        "Adam, que mira un paso adelante, como el momento de Nesterov.",
    ),
    _optimizer(
        "RMSprop", "rmsprop", "_single_tensor_rmsprop", "w ← w - lr·g/(√v + eps)", FUSED,
        "Each weight's step: its gradient over the root of its mean squared gradient.",
        "El paso de cada peso: su gradiente entre la raíz de la media de sus gradientes al cuadrado.",
    ),
    _optimizer(
        "Adagrad", "adagrad", "_single_tensor_adagrad", "w ← w - lr·g/(√s + eps)", FUSED,
        "Each weight's step: its gradient over the root of the sum of all its squared gradients.",
        "El paso de cada peso: su gradiente entre la raíz de la suma de todos sus gradientes al cuadrado.",
    ),
    _optimizer(
        "Adadelta", "adadelta", "_single_tensor_adadelta", "w ← w - lr·√(u + eps)/√(v + eps)·g", FUSED,
        "Each weight's step: its gradient, scaled by the root of its mean squared step over that of its mean squared gradient.",
        "El paso de cada peso: su gradiente, por la raíz de la media de sus pasos al cuadrado entre la de sus gradientes al cuadrado.",
    ),
    _optimizer(
        "Adamax", "adamax", "_single_tensor_adamax", "w ← w - lr/(1 - β₁ᵗ)·m/u", FUSED,
        "Each weight's step: its mean gradient over its largest one, which fades.",
        "El paso de cada peso: su gradiente medio entre el mayor de ellos, que se va atenuando.",
    ),
    _scheduler("StepLR(sgd, 2)", "base", " ".join(f"LRScheduler.{name}" for name in ("__init__", "step", "_update_lr", "_set_rates")),
               "step _update_lr", "Counts the epochs, and sets the rate of each group.", "Cuenta las épocas y fija la tasa de cada grupo."),
    _scheduler("StepLR(sgd, 2)", "factors", "StepLR Multiplied", "get_lr", "The rate falls every few epochs.",
               "La tasa baja cada pocas épocas."),
    _scheduler("MultiStepLR(sgd, [1, 2])", "factors", "MultiStepLR", "get_lr", "The rate falls at epochs that are listed.",
               "La tasa baja en las épocas que se indican."),
    _scheduler("ExponentialLR(sgd, 0.5)", "factors", "ExponentialLR", "get_lr", "The rate falls by a factor in every epoch.",
               "La tasa baja por un factor en cada época."),
    _scheduler("ConstantLR(sgd, 0.5, 2)", "factors", "ConstantLR", "get_lr", "A smaller rate for the first epochs.",
               "Una tasa menor en las primeras épocas."),
    _scheduler("LinearLR(sgd, 0.5, total_iters=2)", "factors", "LinearLR", "get_lr", "The rate rises, or falls, along a line.",
               "La tasa sube, o baja, en línea recta."),
    _scheduler("PolynomialLR(sgd, 4, 2.0)", "factors", "PolynomialLR", "get_lr", "The rate falls to 0 along a power.",
               "La tasa baja a 0 según una potencia."),
    _scheduler("LambdaLR(sgd, lambda epoch: 1 / (1 + epoch))", "factors", "LambdaLR", "get_lr", "The first rate times a function of the epoch.",
               "La primera tasa por una función de la época."),
    _scheduler("MultiplicativeLR(sgd, lambda epoch: 0.5)", "factors", "MultiplicativeLR", "get_lr",
               "The present rate times a function of the epoch.", "La tasa actual por una función de la época."),
    _scheduler("CosineAnnealingLR(sgd, 4)", "annealing", "CosineAnnealingLR", "get_lr", "The rate falls along half a cosine wave.",
               "La tasa baja a lo largo de media onda de coseno."),
    _scheduler("CosineAnnealingWarmRestarts(sgd, 2)", "annealing", "CosineAnnealingWarmRestarts", "get_lr",
               "Half a cosine wave down, and again from the top.", "Media onda de coseno hacia abajo, y otra vez desde arriba."),
    _scheduler("CyclicLR(sgd, 0.1, 0.5, 2)", "annealing", "CyclicLR.scale_fn CyclicLR._rates", "get_lr",
               "The rate goes up and down, and the momentum down and up.", "La tasa sube y baja, y el momento baja y sube."),
    _scheduler("OneCycleLR(sgd, 0.5, M)", "annealing", "OneCycleLR._anneal_func OneCycleLR._rates", "get_lr",
               "Up once and far down, for the whole training.", "Una vez arriba y muy abajo, para todo el entrenamiento."),
    _scheduler("ReduceLROnPlateau(sgd, patience=0)", "plateau", "ReduceLROnPlateau.step ReduceLROnPlateau._is_better ReduceLROnPlateau._reduce_lr",
               "step", "The rate falls when a metric no longer gets better.", "La tasa baja cuando una métrica deja de mejorar."),
    _scheduler("SequentialLR(sgd, [torch.optim.lr_scheduler.ConstantLR(sgd), torch.optim.lr_scheduler.StepLR(sgd, 1)], [1])", "compound",
               "SequentialLR.__init__ SequentialLR.step", "step", "One schedule after the other.", "Un programa tras otro."),
    _scheduler("ChainedScheduler([torch.optim.lr_scheduler.ConstantLR(sgd), torch.optim.lr_scheduler.StepLR(sgd, 1)])", "compound",
               "ChainedScheduler.__init__ ChainedScheduler.step", "step", "Several schedules at once.", "Varios programas a la vez."),
    _model("sequential", "sequential", "Layers called one after the other.", "Capas que se llaman una tras otra."),
    _model("custom", "Custom", "The same network, its forward written out.", "La misma red, con el forward escrito a mano."),
    _model("residual", "Residual", "The hidden layer also reaches the output around the ReLU.",
           "La capa oculta llega a la salida también sin pasar por la ReLU."),
    Pair(
        "train/manual", "training", tuple(f"minigrad.train:{name}" for name in ("softmax", "cross_entropy", "manual")), SAME_TEXT,
        "tests/test_compare.py::manual", TRAINED.format(step="train.manual(model, 0.1)"), "NM",
        twin=tuple(f"torch_ref.train:{name}" for name in ("softmax", "cross_entropy", "manual")),
        about=Said("The training loop by hand: five steps are taken here.",
                   "El bucle de entrenamiento a mano: aquí se dan cinco pasos."), smooth=False,
    ),
    Pair(
        "train/optimizer", "training", tuple(f"minigrad.train:{name}" for name in ("optimizer", "batches", "fit")), SAME_TEXT,
        "tests/test_compare.py::optimizer",
        TRAINED.format(step="train.optimizer(model, torch.optim.SGD(model.parameters(), lr=0.1))"), "NM",
        twin=tuple(f"torch_ref.train:{name}" for name in ("optimizer", "batches", "fit")),
        about=Said("The training loop with CrossEntropyLoss and SGD: five steps are taken here.",
                   "El bucle de entrenamiento con CrossEntropyLoss y SGD: aquí se dan cinco pasos."), smooth=False,
    ),
]  # fmt: skip
