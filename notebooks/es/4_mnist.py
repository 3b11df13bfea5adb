# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. MNIST y un entrenamiento más largo
#
# Setenta mil dígitos manuscritos de 28×28 píxeles: con MNIST ha entrenado todo el mundo su primera red. Aquí envías
# los datos y el modelo a un dispositivo, entrenas por lotes pequeños, examinas el modelo con imágenes que no ha visto
# y conoces una capa que se comporta de una manera mientras el modelo se entrena y de otra cuando se usa.
#
# Como siempre, decide una sola línea: `import torch`, o bien `import minigrad as torch`.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Los datos
#
# `data.load` busca MNIST donde lo guardan otras bibliotecas y, en último término, se lo pide a OpenML, lo que lleva
# uno o dos minutos. Si no hay manera de conseguirlo, ocupan su lugar los dígitos pequeños de scikit-learn, y todo lo
# que sigue funciona con ellos, solo que con otros números.

# %%
from sidebyside import data

try:
    images = data.load("mnist")
except data.DataError as missing:
    print(missing)
    print("Así que estos son los dígitos de scikit-learn, no MNIST.")
    images = data.load("digits")

len(images.x_train), len(images.x_test), images.shape

# %%
figure, axes = plt.subplots(2, 10, figsize=(8, 1.8), layout="constrained")
for place, image in zip(axes.flat, images.x_train, strict=False):
    place.imshow(image.reshape(images.shape), cmap="gray_r")
    place.axis("off")
plt.show()

# %% [markdown]
# ## El dispositivo
#
# Si hay una GPU, tanto los datos como el modelo van a ella, con `.to(device)`. Todo lo que se calcule a partir de
# ellos se calculará allí. Dos tensores de dispositivos distintos no se pueden sumar ni multiplicar: PyTorch lo dice en
# el acto.
#
# (`.double()` está aquí por el motivo que da el segundo cuaderno: tras miles de pasos se verían las diferencias de la
# séptima cifra. Sin él, aquí y en el modelo, todo va más rápido, y en una GPU muchas veces más rápido.)

# %%
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def tensors(split):
    x = torch.from_numpy(images.inputs(split)).double().to(device)
    y = torch.from_numpy(images.labels(split)).to(device)
    return x, y


x_train, y_train = tensors("train")
x_test, y_test = tensors("test")
x_train.shape, x_train.dtype, y_train.shape, y_train.dtype

# %% [markdown]
# ## Una capa con dos caras: train() y eval()
#
# El modelo es el del segundo cuaderno, más grande y con una capa más. *Dropout* pone a 0, al azar y con probabilidad
# un medio, cada número que pasa, y duplica los demás. Así ninguna unidad puede fiarse de otra, y a la red le cuesta
# más aprender de memoria.
#
# Lo hace solo al entrenar. Cuando la red se usa, el azar sobra: entonces dropout lo deja pasar todo. Cuál de las dos
# cosas toca se lo dices al modelo: `model.train()` y `model.eval()`.


# %%
def make_model():
    model = torch.nn.Sequential(
        torch.nn.Linear(x_train.shape[1], 100),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(100, 10),
    )
    return model.double().to(device)


torch.manual_seed(0)
model = make_model()
hidden = model[:3]

figure, axes = plt.subplots(1, 3, figsize=(7, 2.5), layout="constrained")
with torch.no_grad():
    for place, title in zip(axes, ("train()", "train(), otra vez", "eval()"), strict=True):
        model.train(title != "eval()")
        units = hidden(x_train[:1]).reshape(10, 10).cpu().numpy()
        place.imshow(units, cmap="viridis", vmin=0, vmax=0.7)
        place.set_title(title)
        place.axis("off")
plt.show()

# %% [markdown]
# Son las cien unidades de la capa oculta, cada vez con la misma imagen. Lo oscuro es 0. Al entrenar se apaga la mitad
# de las unidades, cada vez otras, y el resto brilla el doble. Solo con `eval()` da la misma imagen siempre la misma
# respuesta.
#
# ## Examinar el modelo
#
# El modelo da logits; softmax los convierte en probabilidades y argmax se queda con la clase más probable. La
# exactitud es la parte de respuestas correctas. `no_grad` ahorra lo que `backward` necesitaría, porque no lo va a
# haber.


# %%
def predict(x):
    model.eval()
    with torch.no_grad():
        return torch.softmax(model(x), dim=1)


def evaluate(x, y):
    p = predict(x)
    loss = -torch.log(p[torch.arange(len(y)), y]).mean()
    accuracy = (p.argmax(dim=1) == y).sum().item() / len(y)
    return loss.item(), accuracy


loss, accuracy = evaluate(x_test, y_test)
print(f"pérdida {loss:.2f}  exactitud {accuracy:.1%}")

# %% [markdown]
# Sin entrenar, responde al azar.
#
# ## Entrenar por lotes pequeños
#
# Hasta ahora cada paso miraba todas las imágenes. Con sesenta mil es mejor mirar cien y dar un paso, y luego otras
# cien: el gradiente es menos exacto, pero en una época hay seiscientos pasos en lugar de uno. El orden se baraja cada
# vez. `model.train()` está al comienzo de cada época porque `evaluate` termina la anterior con `model.eval()`.

# %%
torch.manual_seed(0)
model = make_model()
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

history = []
for epoch in range(1, 9):
    model.train()
    for batch in torch.randperm(len(x_train)).split(100):
        loss = criterion(model(x_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    history.append((evaluate(x_train, y_train), evaluate(x_test, y_test)))
    (train_loss, train_accuracy), (test_loss, test_accuracy) = history[-1]
    print(
        f"época {epoch:2}  pérdida {train_loss:.3f}  exactitud {train_accuracy:.1%}"
        f"  en imágenes no vistas {test_loss:.3f} {test_accuracy:.1%}"
    )

# %%
epochs = range(1, len(history) + 1)
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained")
for i, (place, title) in enumerate(zip(axes, ("pérdida", "exactitud"), strict=True)):
    place.plot(epochs, [seen[i] for seen, _ in history], "o-", label="imágenes de las que aprende")
    place.plot(epochs, [unseen[i] for _, unseen in history], "s--", label="imágenes no vistas")
    place.set(title=title, xlabel="época")
axes[0].legend()
plt.show()

# %% [markdown]
# Las dos curvas se separan: el modelo conoce mejor las imágenes de las que aprende que las demás. Eso es el
# *sobreajuste*. Dropout hace que la distancia sea pequeña; cómo es sin él, en los ejercicios.
#
# ¿Y si uno olvida `eval()`? Entonces dropout sigue apagando unidades, y el modelo lo hace peor de lo que sabe:

# %%
model.train()
with torch.no_grad():
    answers = model(x_test).argmax(dim=1)
print(f"sin eval(): {(answers == y_test).sum().item() / len(y_test):.0%}")

# %% [markdown]
# ## Qué aspecto tienen los pesos

# %%
weights = model[0].weight.detach().cpu()
figure, axes = plt.subplots(2, 8, figsize=(8, 2.1), layout="constrained")
for place, weight in zip(axes.flat, weights, strict=False):
    place.imshow(weight.reshape(images.shape).numpy(), cmap="RdBu", vmin=-0.3, vmax=0.3)
    place.axis("off")
plt.show()

# %% [markdown]
# Dieciséis de las cien unidades: azul donde la tinta las excita, rojo donde las frena. En los bordes, donde nunca hay
# tinta, no se ha aprendido nada.
#
# ## Dónde se equivoca

# %%
p = predict(x_test).cpu()
truth = y_test.cpu()
answers = p.argmax(dim=1)
wrong = [i for i in range(len(truth)) if answers[i] != truth[i]]

figure, axes = plt.subplots(2, 5, figsize=(8, 3), layout="constrained", height_ratios=[2, 1], sharey="row")
for column, i in zip(axes.T, wrong[:5], strict=True):
    column[0].imshow(x_test[i].cpu().reshape(images.shape).numpy(), cmap="gray_r")
    column[0].set_title(f"un {truth[i].item()}, leído como {answers[i].item()}", fontsize=10)
    column[0].axis("off")
    column[1].bar(range(10), p[i].tolist(), color=["C1" if k == truth[i] else "C0" for k in range(10)])
    column[1].set(ylim=(0, 1), xticks=range(10))
    column[1].tick_params(labelsize=7)
axes[1, 0].set_ylabel("p")
plt.show()

# %% [markdown]
# Son sus cinco primeros errores entre las imágenes no vistas; la barra de la respuesta correcta es la naranja. Casi
# siempre la respuesta correcta queda en segundo lugar. Cuando no es así, el modelo puede estar muy seguro de todos
# modos: que esté seguro no quiere decir que acierte.
#
# ¿Qué dígitos confunde? En cada fila están las imágenes de un dígito y en cada columna las de una respuesta; las
# correctas, que estarían en la diagonal, no se cuentan.

# %%
counts = torch.zeros(10, 10)
for i in wrong:
    counts[truth[i], answers[i]] += 1

plt.figure(figsize=(4, 3.2))
plt.imshow(counts.numpy(), cmap="Blues")
plt.colorbar(label="imágenes")
plt.xticks(range(10))
plt.yticks(range(10))
plt.xlabel("respuesta")
plt.ylabel("dígito")
plt.show()

# %% [markdown]
# ## Pruébalo tú
#
# 1. Quita el dropout y entrena otra vez. ¿Cómo cambian las dos curvas?
# 2. Escribe `len(x_train)` en lugar de 100 en `split`: un paso por época. ¿Hasta dónde llegas con ocho épocas?
# 3. ¿Coinciden `evaluate` y `CrossEntropyLoss`? Calcula la pérdida de las imágenes de examen de las dos maneras, y una
#    vez más con el modelo en `train()`.
#
# <details>
# <summary>Respuestas</summary>
#
# 1. Aprende más deprisa y la distancia crece: al cabo de ocho épocas vimos un 99,2 % en las imágenes de las que
#    aprende y un 97,7 % en las no vistas. Con una red tan pequeña y tantas imágenes, dropout cuesta más de lo que
#    aporta; con redes grandes y pocas imágenes puede ser al revés.
# 2. Hasta un 56 %, más o menos. Un paso con todas las imágenes es mejor, pero ocho pasos buenos no pueden con 4800
#    aproximados.
# 3. Coinciden: softmax, logaritmo y media es lo que hace `CrossEntropyLoss`, todo junto. En `train()` la pérdida es
#    mayor, porque falta la mitad de las unidades, y distinta cada vez.
#
# </details>
