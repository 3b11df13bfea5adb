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
# sigues el rastro que deja un cálculo, lees la regla con la que una operación transmite su gradiente y después
# lo haces todo tú en NumPy, sin ninguna de las dos bibliotecas. Si lo has entendido, tus números serán los de la
# biblioteca, bit a bit. Al final está el gradiente del que aprende todo clasificador: $p - y$.
#
# Aquí importamos minigrad con su propio nombre, porque queremos leer su código. `torch` es PyTorch, para
# comparar; como siempre, puedes escribir `import minigrad as torch`.

# %%
import inspect

import numpy as np
import torch
from matplotlib import pyplot as plt

import minigrad
from sidebyside.graph import draw

plt.style.use("tableau-colorblind10")

# %% [markdown]
# Tomemos algo pequeño: seis puntos con cuatro coordenadas cada uno, tres clases y una capa oculta de cinco.


# %%
def problem(library):
    library.manual_seed(0)
    model = library.nn.Sequential(
        library.nn.Linear(4, 5),
        library.nn.ReLU(),
        library.nn.Linear(5, 3),
    ).double()
    x = library.rand(6, 4).double()
    y = library.tensor([0, 1, 2, 1, 2, 0])
    logits = model(x)
    logits.retain_grad()  # para el final de este cuaderno
    return model, x, y, logits, library.nn.CrossEntropyLoss()(logits, y)


model, x, y, logits, loss = problem(minigrad)
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
# datos `x` no aparecen por ninguna parte, porque nadie ha pedido su gradiente. Lo mismo, dibujado:

# %%
draw(loss, model=model)

# %% [markdown]
# ¿Deja PyTorch el mismo rastro?


# %%
def steps(node):
    if node is None:
        return []
    return [node.name(), *(name for earlier, _ in node.next_functions for name in steps(earlier))]


def without_transposes(names):
    return sorted(name.rpartition("::")[2] for name in names if name != "TBackward0")


their_model, their_x, their_y, their_logits, their_loss = problem(torch)
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
# Abajo está la operación, para cada fila de un lote: resta el logit mayor, como aconsejaba el segundo cuaderno, y
# calcula después $z_i = x_i - \log \sum_j e^{x_j}$. (`sum_of` y `max_of` son la suma y el máximo de una fila;
# `by_columns` solo la hace más rápida.) Encima, tras `x=`, está la regla. Para comprobarla, deriva: $x_i$ aporta 1 a
# su propio $z_i$ y, a través de la suma, rebaja *todos* los $z_k$ en su parte $e^{x_i} / \sum_j e^{x_j}$, que es
# $e^{z_i}$. Por tanto,
#
# $$\mathrm{d}x_i = \mathrm{d}z_i - e^{z_i} \sum_k \mathrm{d}z_k.$$
#
# La regla necesita la salida `z` y por eso la nombra; lo que una regla nombra es lo que el nodo guarda hasta
# `backward`. Ahora, las capas. La lineal parece más difícil de lo que es:

# %%
print(inspect.getsource(minigrad.nn.ops.linear))
print(inspect.getsource(minigrad.nn.ops.relu))

# %% [markdown]
# Una capa lineal tiene tres entradas y, por tanto, tres reglas, y en cada una las formas casi no dejan elegir:
# $\mathrm{d}W$ ha de ser tan grande como $W$, y $\mathrm{d}z^\top x$ lo es. `relu` deja pasar el gradiente donde su
# salida es positiva y lo detiene en los demás sitios:

# %%
x_line = torch.linspace(-2, 2, 101, requires_grad=True)
torch.relu(x_line).sum().backward()

plt.figure(figsize=(5, 2.5))
plt.plot(x_line.detach(), torch.relu(x_line).detach(), label="ReLU(x)")
plt.plot(x_line.detach(), x_line.grad, "--", label="su gradiente")
plt.xlabel("x")
plt.legend()
plt.show()

# %% [markdown]
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
# Y hacia atrás, los mismos pasos del último al primero. La pérdida es la media de seis valores, así que el gradiente
# de cada uno es $1/6$; esos valores se tomaron, cambiados de signo, de los lugares `[fila, clase]`, así que el
# gradiente va allí y a ningún otro sitio. De ahí en adelante, cada línea es una de las reglas que has leído. (Un lote
# grande lo suma la biblioteca con un producto por unos, `np.ones(n) @ dz`: el mismo número, pero sumado en otro orden,
# que a veces redondea de otra forma el último bit.)

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
# ## p − y
#
# Dos pasos del camino hacia atrás hecho a mano van juntos: la pérdida y el softmax que la precede. Mira sus números,
# primero lo que transmite la pérdida y luego lo que sale de la regla de `log_softmax`:

# %%
print(d_log_p.round(4))
print(dz.round(4))

# %% [markdown]
# Lo primero es $-1/6$ en la clase correcta de cada fila y 0 en las demás. Sea $y$ la tabla que tiene un 1 en la clase
# correcta y 0 en las demás (las clases en *one-hot*), y sea $N$ el número de filas. Entonces el primer paso es
# $\mathrm{d}\log p = -y/N$. La suma de cada una de sus filas es $-1/N$. Con ella, el segundo paso queda en
#
# $$\mathrm{d}z = \mathrm{d}\log p - p \cdot \textstyle\sum \mathrm{d}\log p
# = -\frac{y}{N} + \frac{p}{N} = \frac{p - y}{N}, \qquad p = \mathrm{softmax}(z).$$
#
# Eso es todo: el gradiente de un logit es la probabilidad que dio el modelo menos la que debería haber dado. ¿Es así?
# Comparémoslo con nuestros dos pasos y con el `.grad` de los logits en las dos bibliotecas:

# %%
p = np.exp(log_p)
one_hot = np.eye(3)[Y]
p_minus_y = (p - one_hot) / len(Y)

for gradient in (dz, logits.grad.numpy(), their_logits.grad.numpy()):
    print(np.abs(p_minus_y - gradient).max() < 1e-15)

# %% [markdown]
# (No tienen por qué ser iguales hasta el último bit: $p/N - y/N$ redondea en otros sitios que $(p - y)/N$.)
#
# Con diez clases se ve mejor. Aquí hay diez logits para una imagen que muestra un 3. El modelo cree que es un 5:

# %%
z10 = torch.tensor([[0.1, -1.2, 0.6, 1.4, -0.8, 2.1, -0.3, 0.2, 0.9, -0.5]], requires_grad=True)
y10 = torch.tensor([3])
torch.nn.CrossEntropyLoss()(z10, y10).backward()
print(z10.grad)

# %%
p10 = torch.softmax(z10, dim=1).detach()[0]
one_hot10 = torch.nn.functional.one_hot(y10, 10)[0]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.5), layout="constrained", sharey=True)
for place, heights, title in zip(axes, (p10, one_hot10, p10 - one_hot10), ("p", "y", "p − y"), strict=True):
    place.bar(range(10), heights.tolist(), color=["C1" if k == 3 else "C0" for k in range(10)])
    place.axhline(0, color="black", linewidth=0.8)
    place.set(title=title, xlabel="clase", xticks=range(10), ylim=(-1, 1))
plt.show()

# %% [markdown]
# Un paso en contra de este gradiente sube el logit de la clase correcta, tanto como le faltaba para la certeza, y baja
# los demás, cada uno según la probabilidad que se había llevado. Las barras de $p - y$ suman 0. Cuando el modelo
# acierta y está seguro, $p = y$ y no queda nada que aprender. Todo clasificador con un softmax aprende de esta única
# línea.
#
# ## Pruébalo tú
#
# 1. En el gradiente a mano, olvida el factor `d_log_p.sum(...)`. Solo una línea está mal: ¿por qué fallan las cuatro
#    comparaciones?
# 2. Mete una segunda capa con ReLU en `problem`. ¿Qué líneas hay que añadir a mano, hacia delante y hacia atrás?
# 3. Lee `minigrad/autograd/engine.py`: es el bucle que visita los nodos. ¿Dónde suma dos gradientes que se encuentran?
# 4. Escribe una operación tuya con `torch.autograd.Function`, por ejemplo $x^3$, y que `gradcheck` la examine.
#
# <details>
# <summary>Respuestas</summary>
#
# 1. Porque entonces `dz` está mal, y todo lo que sigue se calcula a partir de `dz`.
# 2. Con `W3, b3` entre las dos: hacia delante, `a2 = h @ W3.T + b3` y `h2 = np.maximum(0, a2)`, y `z` a partir de
#    `h2`. Hacia atrás, antes de `dh`: `dh2 = dz @ W2`, `da2 = np.where(h2 > 0, dh2, 0)`, `dW3 = da2.T @ h`, `db3 =
#    da2.sum(axis=0)`; `dW2` es ahora `dz.T @ h2`, y `dh = da2 @ W3`.
# 3. En `Arriving.add`: si ya ha llegado algo al nodo, `self.sums[node]` pasa a ser la suma de los dos.
# 4. ```python
#    class Cube(torch.autograd.Function):
#        @staticmethod
#        def forward(ctx, x):
#            ctx.save_for_backward(x)
#            return x**3
#
#        @staticmethod
#        def backward(ctx, dz):
#            (x,) = ctx.saved_tensors
#            return dz * 3 * x**2
#
#    torch.autograd.gradcheck(Cube.apply, (point,))
#    ```
#
# </details>
