# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. Redes: se escriben una vez, se ejecutan dos
#
# Una red neuronal en PyTorch es un puñado de objetos que encajan entre sí. Aquí vas a montar tres redes, pedirles
# salidas, mirar de qué están hechas y cambiarle una pieza a una de ellas. Después, esas mismas líneas se ejecutan
# con *minigrad*, un motor de derivación automática escrito en NumPy que usa los nombres de PyTorch, y verás si
# responde lo mismo.
#
# Todo depende de una sola línea, `import torch`. Cuando hayas recorrido el cuaderno con PyTorch, o si no lo
# tienes instalado, escribe en su lugar
#
# ```python
# import minigrad as torch
# ```
#
# y vuelve a ejecutarlo entero. No hay que tocar nada más. (Por eso escribimos `torch.nn.Linear` con todas sus
# letras: `import torch.nn as nn` traería el PyTorch de verdad, diga lo que diga la primera línea.)

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Una secuencia de capas
#
# La semilla fija los números aleatorios y, con ellos, los pesos con los que empieza cada red. Son los mismos cada
# vez que ejecutas esto, y los mismos en las dos bibliotecas.

# %%
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(64, 32),
    torch.nn.ReLU(),
    torch.nn.Linear(32, 10),
)
model

# %% [markdown]
# Tres capas que se aplican una tras otra. La primera convierte 64 números, los píxeles de una imagen de 8×8,
# en 32. `ReLU` cambia los negativos por cero. La última convierte esos 32 en 10, uno por cada dígito que puede
# haber en la imagen. A esos diez se les llama *logits*: cuanto mayor es uno, más probable es su dígito.

# %%
x = torch.linspace(-2, 2, 101)
plt.figure(figsize=(4, 2))
plt.plot(x, torch.relu(x))
plt.xlabel("x")
plt.ylabel("ReLU(x)")
plt.show()

# %% [markdown]
# Un modelo se llama como se llama a una función. Lo que recibe es siempre un lote: la primera dimensión cuenta
# las imágenes.

# %%
images = torch.rand(5, 64)
logits = model(images)
logits.shape

# %%
print(logits[0])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.2), layout="constrained", width_ratios=[1, 3])
left.imshow(images[0].reshape(8, 8).numpy(), cmap="gray_r")
left.axis("off")
left.set_title("imagen")
right.bar(range(10), logits[0].tolist())
right.axhline(0, color="black", linewidth=0.8)
right.set(title="logits", xlabel="dígito", xticks=range(10))
plt.show()

# %% [markdown]
# La imagen es ruido y la red no ha aprendido nada, así que los logits no significan nada todavía: están cerca de 0.
#
# Tras los diez números aparece `grad_fn`: el tensor recuerda qué operación lo produjo. Gracias a esa memoria la
# biblioteca podrá hallar los gradientes; el tercer cuaderno la recorre hasta el final.
#
# ## Una clase propia
#
# Una secuencia basta mientras nada tenga que ir por dos caminos. Para decidir tú qué ocurre, deriva una clase de
# `torch.nn.Module`: `__init__` crea las capas y `forward` las usa.


# %%
class Classifier(torch.nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.enter = torch.nn.Linear(inputs, hidden)
        self.relu = torch.nn.ReLU()
        self.leave = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        return self.leave(self.relu(self.enter(x)))


Classifier(64, 32, 10)

# %% [markdown]
# Es la red de antes. Al asignar una capa a un atributo ha quedado registrada: el modelo conoce su nombre, la
# muestra y entregará sus pesos a quien lo entrene. (Las capas guardadas en una lista corriente de Python *no* se
# ven; para eso existe `torch.nn.ModuleList`.)
#
# Y ahora, algo que ninguna secuencia puede hacer. En una red *residual*, la salida de una capa sigue a través de
# la ReLU y también la rodea:


# %%
class Shortcut(Classifier):
    def forward(self, x):
        h = self.enter(x)
        return self.leave(h + self.relu(h))


network = Shortcut(64, 32, 10)
network(images).shape

# %% [markdown]
# `h` se usa dos veces, así que los gradientes volverán a `h` por los dos caminos y allí se sumarán. Para eso no
# tienes que escribir nada.
#
# ## De qué está hecha una red
#
# Lo único que cambiará al entrenar son los *parámetros*, y el modelo sabe enumerarlos:

# %%
for name, parameter in network.named_parameters():
    print(f"{name:13} {tuple(parameter.shape)!s:9} {parameter.numel():5}")

# %%
network.leave.bias

# %% [markdown]
# Los pesos de una capa empiezan siendo números aleatorios entre $-1/\sqrt{n}$ y $1/\sqrt{n}$, donde $n$ es el
# número de entradas: así la salida no resulta ni muy grande ni muy pequeña, haya las entradas que haya.
# Compruébalo en la última capa, que tiene 32:

# %%
network.leave.weight.abs().max().item() <= 1 / 32**0.5

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 2.2), layout="constrained", sharex=True)
for place, name in zip(axes, ("enter", "leave"), strict=True):
    weight = getattr(network, name).weight
    bound = 1 / weight.shape[1] ** 0.5
    place.hist(weight.flatten().tolist(), bins=20)
    place.axvline(-bound, color="C1")
    place.axvline(bound, color="C1")
    place.set(title=f"{name}: {weight.shape[1]} entradas", xlabel="peso")
plt.show()

# %% [markdown]
# ## Cambiar una pieza
#
# Imagina que ya no te interesa qué dígito es, sino solo si es par o impar. Pon una capa final nueva en el lugar
# de la anterior:

# %%
network.leave = torch.nn.Linear(32, 2)
network

# %% [markdown]
# La capa nueva conserva el nombre y el sitio de la vieja. Sus pesos están por estrenar; los de `enter` siguen
# intactos, con todo lo que hayan podido aprender. Quedarse con las capas que ya saben algo y sustituir la última
# es la idea del *aprendizaje por transferencia*.
#
# También puedes desmontar una red. `children()` da sus capas en orden, y con ellas se puede construir otra:

# %%
list(network.children())

# %%
features = torch.nn.Sequential(*list(network.children())[:-1])
features(images).shape, features[0] is network.enter

# %% [markdown]
# Fíjate en dos cosas. La red nueva no copia las capas, las comparte: si entrenas una, cambia también la otra. Y
# se lleva solo las capas, no el `forward` de la clase de la que salieron: el camino que rodeaba la ReLU ha
# desaparecido.
#
# ## Las mismas líneas con dos bibliotecas
#
# Si una función recibe la biblioteca como argumento, la pueden ejecutar las dos. Con la misma semilla,
# ¿construyen la misma red?

# %%
import numpy as np

import minigrad


def build(library):
    library.manual_seed(0)
    model = library.nn.Sequential(
        library.nn.Linear(64, 32),
        library.nn.ReLU(),
        library.nn.Linear(32, 10),
    )
    return model, model(library.ones(1, 64))


ours, our_logits = build(minigrad)
theirs, their_logits = build(torch)
for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
    print(tuple(mine.shape), np.array_equal(mine.detach().numpy(), other.detach().numpy()))

# %%
far = np.abs(our_logits.detach().numpy() - their_logits.detach().numpy()).max()
bool(far < 1e-6)

# %% [markdown]
# Los pesos son iguales hasta el último bit, porque minigrad sortea sus números aleatorios exactamente como
# PyTorch. Las salidas coinciden hasta la millonésima, aunque quizá no hasta el último bit: cada una es una suma
# de muchos productos, el ordenador redondea después de cada suma, y las dos bibliotecas suman en distinto orden.
# No hay más diferencia que esa, y el tercer cuaderno vuelve sobre ella. (Si la primera línea de tu cuaderno
# importa minigrad, acabas de compararlo consigo mismo.)
#
# ## Pruébalo tú
#
# 1. Añade una segunda capa oculta a `Classifier`. ¿Cuántos parámetros tiene ahora? Calcúlalo antes de contarlos.
# 2. Ejecuta `model(torch.rand(5, 63))`. Lee el mensaje: ¿qué dos tamaños no encajan, y por qué aparece el 64?
# 3. Quita `super().__init__()` de `Classifier` y crea una. ¿Qué te dice el mensaje?
# 4. Repite los tres con la otra biblioteca.
#
# <details>
# <summary>Respuestas</summary>
#
# 1. En `__init__`, `self.middle = torch.nn.Linear(hidden, hidden)`, y en `forward`,
#    `return self.leave(self.relu(self.middle(self.relu(self.enter(x)))))`. Con 64, 32 y 10 tiene
#    $64 \cdot 32 + 32 = 2080$, $32 \cdot 32 + 32 = 1056$ y $32 \cdot 10 + 10 = 330$ parámetros; en total, 3466.
#    `sum(parameter.numel() for parameter in model.parameters())` los cuenta.
# 2. «mat1 and mat2 shapes cannot be multiplied (5x63 and 64x32)»: cinco imágenes de 63 números cada una llegan a una
#    capa que quiere 64. Es la primera capa; a las demás no se llega.
# 3. «cannot assign module before Module.\_\_init\_\_() call», es decir, que no se puede asignar una capa antes de esa
#    llamada. La llamada crea el lugar en el que se registran las capas.
# 4. La primera frase de cada mensaje es la misma. minigrad añade otra que dice qué hacer.
#
# </details>
