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
# pérdida y el optimizador de la biblioteca, y verás que hacen lo mismo con menos líneas. Para terminar, se
# entrena igual una red residual.
#
# Como en el primer cuaderno, decide una sola línea: `import torch`, o bien `import minigrad as torch`.

# %%
import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# %% [markdown]
# La segunda llamada pide números con unas 16 cifras; por defecto tienen 7. Para entrenar no hacen falta. Pero dos
# bibliotecas que suman en distinto orden redondean de forma distinta, al cabo de muchos pasos se nota en las
# últimas cifras, y aquí queremos que puedas comparar todo lo que se imprime.
#
# ## Los datos
#
# Scikit-learn trae 1797 imágenes de 8×8 píxeles, con brillos de 0 a 16. Esta es la primera:

# %%
from sklearn.datasets import load_digits

digits = load_digits()
for row in digits.images[0]:
    print("".join(" .:-=+*#%"[int(value / 2)] * 2 for value in row))

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


softmax(torch.tensor([[0.0, 1.0, 2.0]]))

# %% [markdown]
# Cada paso de 1 en un logit hace que su clase sea $e \approx 2{,}7$ veces más probable.
#
# ¿Cuánto se equivoca el modelo? Tanto como le sorprenda la respuesta correcta $y$: la *entropía cruzada* es
# $-\log p_y$. Vale 0 si el modelo estaba seguro y acertaba, y crece sin límite cuanto menos esperaba $y$. Con la
# fórmula anterior,
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
    )


model = make_model()
cross_entropy(model(x_train), y_train)

# %% [markdown]
# Un modelo que no sabe nada da a cada dígito una posibilidad entre diez, y $-\log 0{,}1 = 2{,}30$. Ahí es donde
# empieza.
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


epochs, lr = 60, 0.8
for epoch in range(1, epochs + 1):
    logits = model(x_train)
    loss = cross_entropy(logits, y_train)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
    if epoch % 10 == 0:
        print(f"epoch {epoch}  loss {loss.item():.5f}  accuracy {accuracy(model):.3f}")

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
    for epoch in range(1, epochs + 1):
        loss = criterion(model(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch}  loss {loss.item():.5f}  accuracy {accuracy(model):.3f}")


torch.manual_seed(0)
model = make_model()
train(model, torch.optim.SGD(model.parameters(), lr=0.8), epochs=60)

# %% [markdown]
# Lo son. Y ahora cada opción cuesta una palabra. Con *momentum* los pesos conservan parte de su velocidad, y
# ganan más allí donde el gradiente mantiene la dirección:

# %%
torch.manual_seed(0)
model = make_model()
train(model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9), epochs=60)

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
model = Residual()
train(model, torch.optim.SGD(model.parameters(), lr=0.2), epochs=60)

# %% [markdown]
# ¿Y en qué dígitos se equivoca? Entre los cien primeros del examen:

# %%
with torch.no_grad():
    answers = model(x_test[:100]).argmax(dim=1)
for i, (answer, truth) in enumerate(zip(answers.tolist(), y_test[:100].tolist(), strict=True)):
    if answer != truth:
        print(f"image {i}: {truth} read as {answer}")

# %% [markdown]
# ## Pruébalo tú
#
# 1. Quita `model.zero_grad()` del bucle a mano. ¿Qué le pasa a la pérdida, y por qué no desde el principio?
# 2. ¿Hasta dónde puedes subir `lr` antes de que la pérdida crezca en lugar de bajar?
# 3. Borra `torch.set_default_dtype` y ejecuta el cuaderno con las dos bibliotecas. ¿En qué época se separan las
#    pérdidas impresas, y cuánto?
# 4. Fuera del cuaderno, `minigrad notebook 2_entrenamiento.ipynb` ejecuta todas las celdas con las dos y dice en
#    qué se diferencian.
