# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Por dentro
#
# `loss.backward()` es una sola línea, y después de ella cada peso conoce su gradiente. ¿Cómo? En este cuaderno
# sigues el rastro que deja un cálculo, lees la regla con la que una operación transmite su gradiente y, al final,
# lo haces todo tú en NumPy, sin ninguna de las dos bibliotecas. Si lo has entendido, tus números serán los de la
# biblioteca, bit a bit.
#
# Aquí importamos minigrad con su propio nombre, porque queremos leer su código. `torch` es PyTorch, para
# comparar; como siempre, puedes escribir `import minigrad as torch`.

# %%
import inspect

import numpy as np
import torch

import minigrad

# %% [markdown]
# Tomemos algo pequeño: seis puntos con cuatro coordenadas cada uno, dos clases y una capa oculta de tres.


# %%
def problem(library):
    library.manual_seed(0)
    model = library.nn.Sequential(
        library.nn.Linear(4, 3),
        library.nn.ReLU(),
        library.nn.Linear(3, 2),
    ).double()
    x = library.rand(6, 4).double()
    y = library.tensor([0, 1, 0, 1, 1, 0])
    return model, x, y, library.nn.CrossEntropyLoss()(model(x), y)


model, x, y, loss = problem(minigrad)
loss

# %% [markdown]
# ## El rastro
#
# Mientras se calculaba la pérdida, cada operación dejó un *nodo*. Un nodo conoce los nodos de sus entradas, sus
# `next_functions`: «siguientes», porque el camino va hacia atrás, de la pérdida a los pesos. Recórrelo:


# %%
def walk(node, depth=0):
    print("  " * depth + node.name())
    for earlier, _ in node.next_functions:
        if earlier is not None:
            walk(earlier, depth + 1)


walk(loss.grad_fn)

# %% [markdown]
# Léelo desde arriba: la pérdida salió de elegir los valores de las clases correctas (`NllLoss`, la media de
# $-\log p_y$), estos de `LogSoftmax`, estos de la segunda capa (`Addmm`: un producto de matrices y una suma), y
# así hacia abajo. Cada rastro termina en un `AccumulateGrad`. Allí un peso o un sesgo espera su gradiente. Los
# datos `x` no aparecen por ninguna parte, porque nadie ha pedido su gradiente.
#
# ¿Deja PyTorch el mismo rastro?


# %%
def steps(node):
    if node is None:
        return []
    return [node.name(), *(name for earlier, _ in node.next_functions for name in steps(earlier))]


def without_transposes(names):
    return sorted(name.rpartition("::")[2] for name in names if name != "TBackward0")


their_model, their_x, their_y, their_loss = problem(torch)
without_transposes(steps(loss.grad_fn)) == without_transposes(steps(their_loss.grad_fn))

# %% [markdown]
# Sí, con una excepción que la comparación pasa por alto. Una capa calcula $x W^\top + b$, y PyTorch anota la
# trasposición de $W$ como un paso aparte, `TBackward0`; en minigrad forma parte de `AddmmBackward0`. (PyTorch
# antepone además a `AccumulateGrad` el nombre de un espacio de nombres de C++.)
#
# ## Una regla
#
# ¿Qué hace un nodo? Recibe `dz`, el gradiente de la pérdida respecto de su salida `z`, y transmite `dx`, el
# gradiente respecto de su entrada `x`. Es la regla de la cadena, y a cada operación le toca una línea de ella.
# Esta es una operación de minigrad completa, con su regla:

# %%
print(inspect.getsource(minigrad.nn.ops.log_softmax))

# %% [markdown]
# Abajo está la operación: resta el logit mayor, como aconsejaba el segundo cuaderno, y calcula después
# $z_i = x_i - \log \sum_j e^{x_j}$. Encima, tras `x=`, está la regla. Para comprobarla, deriva: $x_i$ aporta 1 a
# su propio $z_i$ y, a través de la suma, rebaja *todos* los $z_k$ en su parte $e^{x_i} / \sum_j e^{x_j}$, que es
# $e^{z_i}$. Por tanto,
#
# $$\mathrm{d}x_i = \mathrm{d}z_i - e^{z_i} \sum_k \mathrm{d}z_k.$$
#
# La regla necesita la salida `z` y por eso la nombra; lo que una regla nombra es lo que el nodo guarda hasta
# `backward`. Dos más; la segunda parece más difícil de lo que es:

# %%
print(inspect.getsource(minigrad.nn.ops.relu))
print(inspect.getsource(minigrad.nn.ops.linear))

# %% [markdown]
# `relu` deja pasar el gradiente donde su salida es positiva y lo detiene en los demás sitios. Una capa lineal
# tiene tres entradas y, por tanto, tres reglas, y en cada una las formas casi no dejan elegir: $\mathrm{d}W$ ha
# de ser tan grande como $W$, y $\mathrm{d}z^\top x$ lo es.
#
# ## A mano
#
# Ahora, sin biblioteca alguna. Primero hacia delante, capa por capa:

# %%
W1, b1, W2, b2 = (parameter.detach().numpy() for parameter in model.parameters())
X, Y = x.numpy(), y.numpy()
rows = np.arange(len(Y))

a = X @ W1.T + b1
h = np.maximum(0, a)
z = h @ W2.T + b2
shifted = z - z.max(axis=1, keepdims=True)
log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

by_hand = -log_p[rows, Y].mean()
bool(abs(by_hand - loss.item()) < 1e-15)

# %% [markdown]
# Y hacia atrás, los mismos pasos del último al primero. La pérdida es la media de seis valores, así que el
# gradiente de cada uno es $1/6$; esos valores se tomaron, cambiados de signo, de los lugares `[fila, clase]`, así
# que el gradiente va allí y a ningún otro sitio. De ahí en adelante, cada línea es una de las reglas que has
# leído:

# %%
d_log_p = np.zeros_like(log_p)
d_log_p[rows, Y] = -1 / len(Y)

dz = d_log_p - np.exp(log_p) * d_log_p.sum(axis=1, keepdims=True)

dW2 = dz.T @ h
db2 = dz.sum(axis=0)
dh = dz @ W2

da = np.where(h > 0, dh, 0)

dW1 = da.T @ X
db1 = da.sum(axis=0)

# %% [markdown]
# Pregúntale ahora a la biblioteca y compara. Aquí «iguales» quiere decir iguales: todos los bits.

# %%
loss.backward()
for (name, parameter), mine in zip(model.named_parameters(), (dW1, db1, dW2, db2), strict=True):
    print(f"{name:9} {np.array_equal(parameter.grad.numpy(), mine)}")

# %% [markdown]
# Ya no queda magia: `backward` recorrió los nodos, del más nuevo al más viejo, e hizo lo mismo que tú.
#
# ¿Y PyTorch?

# %%
their_loss.backward()
for (name, parameter), mine in zip(their_model.named_parameters(), (dW1, db1, dW2, db2), strict=True):
    far = np.abs(parameter.grad.numpy() - mine).max() / np.abs(mine).max()
    print(f"{name:9} {far < 1e-14}")

# %% [markdown]
# El mismo gradiente, con una precisión de una parte en $10^{14}$; los últimos bits pueden diferir. Las
# matemáticas son las mismas, solo que las sumas se hacen en otro orden y se redondea por el camino. Se puede
# demostrar que no hay nada más: si al autograd de PyTorch se le da la aritmética de minigrad, los dos coinciden
# bit a bit durante un entrenamiento entero, y eso es justo lo que hace `minigrad compare`.
#
# ## Un examen que no sabe de reglas
#
# También se puede hallar una derivada sin regla alguna: mueve un poco una entrada y mira cuánto se mueve la
# salida. Es lento, y es un buen examinador. `gradcheck` lo hace con cada entrada y dice si la regla y el ensayo
# coinciden:

# %%
point = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda t: torch.log_softmax(t, dim=1), (point,))

# %% [markdown]
# ## Pruébalo tú
#
# 1. En el gradiente a mano, olvida el factor `d_log_p.sum(...)`. Solo una línea está mal: ¿por qué fallan las
#    cuatro comparaciones?
# 2. Mete una segunda capa con ReLU en `problem`. ¿Qué líneas hay que añadir a mano, hacia delante y hacia atrás?
# 3. Lee `minigrad/autograd/engine.py`: es el bucle que visita los nodos. ¿Dónde suma dos gradientes que se
#    encuentran?
# 4. Escribe una operación tuya con `torch.autograd.Function`, por ejemplo $x^3$, y que `gradcheck` la examine.
