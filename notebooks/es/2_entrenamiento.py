# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Entrenar, primero a mano
#
# En este cuaderno una red aprende a leer dígitos manuscritos. Primero lo escribes todo tú: qué significan las
# respuestas del modelo, cuánto se equivocan y cómo deben cambiar los pesos. Luego toman el relevo la función de
# pérdida y el optimizador de la biblioteca, y verás que hacen lo mismo con menos líneas. Por el camino verás qué no
# puede hacer una red sin ReLU, qué aspecto tienen los pesos y dónde se equivoca la red.
#
# Como en el primer cuaderno, decide una sola línea: `import torch`, o bien `import minigrad as torch`.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Los datos
#
# Scikit-learn trae 1797 imágenes de 8×8 píxeles, con brillos de 0 a 16. Estas son las diez primeras:

# %%
from sklearn.datasets import load_digits

digits = load_digits()
figure, axes = plt.subplots(1, 10, figsize=(8, 1.2), layout="constrained")
for place, image, label in zip(axes, digits.images, digits.target, strict=False):
    place.imshow(image, cmap="gray_r")
    place.set_title(label)
    place.axis("off")
plt.show()

# %% [markdown]
# Dividimos entre 16, para que el brillo vaya de 0 a 1, y convertimos los arrays en tensores.

# %%
x = torch.from_numpy(digits.data / 16)
y = torch.from_numpy(digits.target)
x_train, y_train = x[:1437], y[:1437]
x_test, y_test = x[1437:], y[1437:]
x_train.shape, y_train[:10]

# %% [markdown]
# La red aprende de las primeras cuatro quintas partes. El resto no lo ve hasta el examen.
#
# ## De logits a probabilidades
#
# Para cada imagen el modelo da diez logits $z_0 \ldots z_9$, que pueden ser números cualesquiera. *Softmax* los
# convierte en probabilidades: positivas y de suma 1.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$


# %%
def softmax(logits):
    powers = torch.exp(logits)
    return powers / powers.sum(dim=1, keepdim=True)


example = torch.tensor([[0.0, 1.0, 2.0]])
softmax(example)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(6, 2.5), layout="constrained")
left.bar(range(3), example[0].tolist())
left.set(title="logits", xlabel="clase", xticks=range(3))
right.bar(range(3), softmax(example)[0].tolist(), color="C1")
right.set(title="probabilidades", xlabel="clase", xticks=range(3), ylim=(0, 1))
plt.show()

# %% [markdown]
# Cada paso de 1 en un logit hace que su clase sea $e \approx 2{,}7$ veces más probable.
#
# ¿Cuánto se equivoca el modelo? Tanto como le sorprenda la respuesta correcta $y$: la *entropía cruzada* es
# $-\log p_y$. Vale 0 si el modelo estaba seguro y acertaba, y crece sin límite cuanto menos esperaba $y$:

# %%
p = torch.linspace(0.005, 1, 200)
plt.figure(figsize=(5, 2.5))
plt.plot(p, -torch.log(p))
plt.xlabel("probabilidad de la respuesta correcta")
plt.ylabel("pérdida, −log p")
plt.ylim(bottom=0)
plt.show()

# %% [markdown]
# Con la fórmula de $p$ de más arriba,
#
# $$-\log p_y = \log \sum_j e^{z_j} - z_y,$$
#
# y de eso tomamos la media de todas las imágenes.


# %%
def cross_entropy(logits, target):
    chosen = logits[torch.arange(len(logits)), target]
    return (torch.log(torch.exp(logits).sum(dim=1)) - chosen).mean()


def make_model():
    return torch.nn.Sequential(
        torch.nn.Linear(64, 32),
        torch.nn.ReLU(),
        torch.nn.Linear(32, 10),
    ).double()


torch.manual_seed(0)
model = make_model()
cross_entropy(model(x_train), y_train)

# %% [markdown]
# Un modelo que no sabe nada da a cada dígito una posibilidad entre diez, y $-\log 0{,}1 = 2{,}30$. Ahí es donde
# empieza.
#
# `.double()` está ahí porque los números de NumPy tienen 16 cifras (`float64`), los pesos de una capa tienen 7 si no
# se dice otra cosa (`float32`), y no se pueden multiplicar unos por otros. Para entrenar bastarían 7, y lo habitual es
# escribir `x.float()`. Tomamos 16 porque vamos a comparar pérdidas después de muchos pasos, y en ellas no debe notarse
# el redondeo.
#
# ## Entrenar a mano
#
# El descenso por gradiente son cinco pasos que se repiten. Calcula las respuestas; calcula la pérdida; olvida los
# gradientes de la vez anterior; deja que `backward` halle los nuevos; y mueve cada peso un poco en contra de su
# gradiente, porque el gradiente señala hacia donde la pérdida crece.


# %%
def accuracy(model):
    with torch.no_grad():
        right = model(x_test).argmax(dim=1) == y_test
    return right.sum().item() / len(y_test)


by_hand = []
epochs, lr = 60, 0.8
for epoch in range(1, epochs + 1):
    logits = model(x_train)
    loss = cross_entropy(logits, y_train)
    by_hand.append(loss.item())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
    if epoch % 10 == 0:
        print(f"época {epoch}  pérdida {loss.item():.5f}  exactitud {accuracy(model):.3f}")

# %%
plt.figure(figsize=(5, 2.5))
plt.plot(by_hand)
plt.xlabel("época")
plt.ylabel("pérdida")
plt.ylim(bottom=0)
plt.show()

# %% [markdown]
# Dos líneas merecen otra mirada. `zero_grad` hace falta porque `backward` *suma* a los gradientes que ya hay. Y
# `no_grad` dice que mover los pesos no forma parte del cálculo que derivamos; sin él, la biblioteca se niega a
# modificar un parámetro directamente.
#
# ## Una trampa
#
# La fórmula es correcta y, sin embargo, la función tiene un defecto. Dale un modelo muy seguro de sí mismo:

# %%
certain = torch.tensor([[1000.0, 0.0]])
cross_entropy(certain, torch.tensor([1])), torch.nn.CrossEntropyLoss()(certain, torch.tensor([1]))

# %% [markdown]
# $e^{1000}$ es más de lo que cabe en un número del ordenador, y se ha vuelto infinito. La `CrossEntropyLoss` de
# la biblioteca resta antes a todos los logits el mayor de ellos. Eso no cambia ninguna probabilidad, y entonces
# ninguna potencia pasa de $e^0 = 1$. (Con logits pequeños las dos dan lo mismo; pruébalo.)
#
# ## La pérdida y el optimizador de la biblioteca
#
# `CrossEntropyLoss` ocupa el lugar de nuestra función, y un *optimizador*, el del bucle sobre los parámetros.
# `SGD` hace lo que hicimos nosotros, $w \leftarrow w - \mathrm{lr} \cdot \mathrm{d}w$. Si partimos de la misma
# semilla, las pérdidas tienen que ser las de antes.


# %%
def train(model, optimizer, epochs):
    criterion = torch.nn.CrossEntropyLoss()
    losses = []
    for epoch in range(1, epochs + 1):
        loss = criterion(model(x_train), y_train)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print(f"época {epoch}  pérdida {loss.item():.5f}  exactitud {accuracy(model):.3f}")
    return losses


torch.manual_seed(0)
model = make_model()
library = train(model, torch.optim.SGD(model.parameters(), lr=0.8), epochs=60)

# %% [markdown]
# Lo son. Y ahora cada opción cuesta una palabra. Con *momentum* los pesos conservan parte de su velocidad, y
# ganan más allí donde el gradiente mantiene la dirección:

# %%
torch.manual_seed(0)
model = make_model()
momentum = train(model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9), epochs=60)

# %% [markdown]
# ## Una red residual
#
# A `train` le da igual de qué esté hecho el modelo. En este, la capa oculta llega a la salida a través de la ReLU
# y también rodeándola:


# %%
class Residual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = torch.nn.Linear(64, 32)
        self.relu = torch.nn.ReLU()
        self.leave = torch.nn.Linear(32, 10)

    def forward(self, x):
        h = self.enter(x)
        return self.leave(h + self.relu(h))


torch.manual_seed(0)
model = Residual().double()
before = model.enter.weight.detach().clone()
residual = train(model, torch.optim.SGD(model.parameters(), lr=0.2), epochs=60)

# %%
plt.figure(figsize=(6, 3))
plt.plot(by_hand, label="a mano, lr 0.8")
plt.plot(library, ":", linewidth=4, label="la de la biblioteca, lr 0.8")
plt.plot(momentum, "k--", label="con momentum, lr 0.2")
plt.plot(residual, "C4-.", label="residual, lr 0.2")
plt.xlabel("época")
plt.ylabel("pérdida")
plt.ylim(bottom=0)
plt.legend()
plt.show()

# %% [markdown]
# La curva hecha a mano y la de la biblioteca coinciden.
#
# ## Qué aspecto tienen los pesos
#
# Cada una de las 32 unidades de la primera capa tiene 64 pesos, uno por píxel. Sus pesos son, por tanto, otra imagen:
# azul donde la tinta hace crecer la unidad, rojo donde la hace disminuir. Arriba, dieciséis unidades antes de
# entrenar; abajo, las mismas después.

# %%
figure, axes = plt.subplots(4, 8, figsize=(8, 4), layout="constrained")
for place, image in zip(axes.flat, [*before[:16], *model.enter.weight.detach()[:16]], strict=True):
    place.imshow(image.reshape(8, 8).numpy(), cmap="RdBu", vmin=-0.5, vmax=0.5)
    place.axis("off")
plt.show()

# %% [markdown]
# Al principio son ruido. Después, los píxeles vecinos van juntos: una unidad busca un trazo en un sitio y que no lo
# haya al lado. Nadie le ha dicho a la red que los píxeles tienen vecinos. Y en los bordes ha quedado el ruido, porque
# ahí las imágenes están casi siempre vacías, y un peso cuya entrada es 0 recibe un gradiente de 0.
#
# ## Dónde se equivoca
#
# ¿En qué dígitos se equivoca? Entre los cien primeros del examen:

# %%
with torch.no_grad():
    p = softmax(model(x_test[:100]))
answers = p.argmax(dim=1)
wrong = [i for i in range(100) if answers[i] != y_test[i]]
for i in wrong:
    print(f"imagen {i}: {y_test[i].item()} leído como {answers[i].item()}, con p = {p[i].max().item():.2f}")

# %%
figure, axes = plt.subplots(2, 4, figsize=(8, 3.2), layout="constrained", height_ratios=[2, 1])
for column, i in zip(axes.T, wrong[:4], strict=True):
    column[0].imshow(x_test[i].reshape(8, 8).numpy(), cmap="gray_r")
    column[0].set_title(f"un {y_test[i].item()}, leído como {answers[i].item()}", fontsize=10)
    column[0].axis("off")
    column[1].bar(range(10), p[i].tolist(), color=["C1" if k == y_test[i] else "C0" for k in range(10)])
    column[1].set(ylim=(0, 1), xticks=range(10))
    column[1].tick_params(labelsize=7)
axes[1, 0].set_ylabel("p")
plt.show()

# %% [markdown]
# La barra de la respuesta correcta es la naranja. Los unos que se leen como nueves se parecen: un gancho largo y sin
# pie, y con tan pocos píxeles el gancho queda tan lleno como el redondel de un nueve. El modelo está bastante seguro
# de ellos. Del ocho no lo está: la respuesta correcta queda en segundo lugar, y las probabilidades se reparten entre
# muchas clases.
#
# ## Una frontera que se ve
#
# Un dígito es un punto en un espacio de 64 dimensiones, y la red traza fronteras en él. Con dos dimensiones se pueden
# ver. Aquí hay dos medias lunas, cada una de una clase, y dos redes: una con una sola capa y otra con una capa oculta
# y una ReLU.

# %%
import numpy as np
from sklearn.datasets import make_moons

points, classes = make_moons(200, noise=0.15, random_state=0)
points, classes = torch.from_numpy(points), torch.from_numpy(classes)

torch.manual_seed(0)
linear = torch.nn.Linear(2, 2).double()
deep = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)).double()
criterion = torch.nn.CrossEntropyLoss()
for network in (linear, deep):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5, momentum=0.9)
    for _ in range(200):
        loss = criterion(network(points), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = (network(points).argmax(dim=1) == classes).sum().item()
    print(f"pérdida {loss.item():.4f}, aciertos {right} de {len(classes)}")

# %%
across, up = np.linspace(-1.7, 2.7, 120), np.linspace(-1.2, 1.7, 80)
grid = torch.from_numpy(np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2))

figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained", sharey=True)
for place, network, title in zip(axes, (linear, deep), ("una capa", "una capa oculta"), strict=True):
    with torch.no_grad():
        p = softmax(network(grid))[:, 1].reshape(80, 120).numpy()
    place.contourf(across, up, p, levels=10, cmap="PuOr", vmin=0, vmax=1)
    place.contour(across, up, p, levels=[0.5], colors="black")
    for k, marker in ((0, "o"), (1, "^")):
        chosen = points[classes == k].numpy()
        place.scatter(chosen[:, 0], chosen[:, 1], marker=marker, s=14, color="white", edgecolor="black")
    place.set_title(title)
plt.show()

# %% [markdown]
# En la línea negra las dos clases tienen $p = 0{,}5$. Una sola capa solo puede trazar una línea recta, y lo mismo diez
# capas sin ReLU entre ellas: un producto de matrices es una matriz. La ReLU permite que la línea se doble, una vez por
# unidad.
#
# ## Pruébalo tú
#
# 1. Quita `model.zero_grad()` del bucle a mano. ¡La pérdida baja más deprisa! ¿Por qué? ¿Con qué opción de `SGD`
#    obtendrías casi lo mismo?
# 2. ¿Hasta dónde puedes subir `lr` antes de que la pérdida crezca en lugar de bajar?
# 3. En `make_model` escribe `.float()` en lugar de `.double()`, y escríbelo también detrás de `from_numpy(digits.data
#    / 16)`. Ejecuta el cuaderno hasta el primer bucle con las dos bibliotecas. ¿En qué época se separan las pérdidas
#    impresas, y cuánto?
# 4. Fuera del cuaderno, `minigrad notebook 2_entrenamiento.ipynb` ejecuta todas las celdas con las dos y dice en qué
#    se diferencian.
#
# <details>
# <summary>Respuestas</summary>
#
# 1. Los gradientes se suman, así que cada paso sigue la suma de todos los gradientes hasta entonces. Eso es momentum
#    sin nada que lo frene; `momentum=0.9` conserva nueve décimas partes de la suma y olvida el resto. Aquí sale bien.
#    En el cuaderno 0, lo mismo hace que una recta oscile para siempre.
# 2. Con 1,2 la pérdida todavía baja, a saltos. Con 1,6 salta arriba y abajo y apenas disminuye. A partir de 2, primero
#    crece y luego se queda en 2,303: casi todas las unidades de la capa oculta valen 0 en todas las imágenes, sus
#    gradientes también, y el modelo vuelve a tener una posibilidad entre diez.
# 3. En nuestra máquina, en la época 40, 0,0001, y en la 60, 0,002. Las dos aciertan: cada una redondea a las 7 cifras,
#    en su propio orden, y una tasa de aprendizaje grande hace crecer las diferencias pequeñas.
# 4. Dice que todo lo que se imprime es igual, y cuánto se separan los números que no se imprimen.
#
# </details>
