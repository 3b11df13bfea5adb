# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. Un lote en fragmentos
#
# Un lote demasiado grande para una máquina se reparte en *fragmentos*, uno para cada uno de varios procesos. Cada
# proceso calcula los gradientes de su fragmento; después todos toman la media de esos gradientes y dan el mismo
# paso. ¿Sigue siendo el entrenamiento de un solo proceso? En este cuaderno verás cuándo lo es, y tres formas de
# que no lo sea.
#
# De nuevo decide una línea: `import torch` o `import minigrad as torch`.

# %%
import torch

nn = torch.nn

# %% [markdown]
# ## La media de los gradientes de los fragmentos
#
# Ocho muestras de dos números y un modelo lineal. Todos los números son mitades y cuartos: se suman y se
# multiplican sin redondeo, así que toda diferencia que veas es real.

# %%
x = torch.tensor([[0, 1], [2, -1], [1, 1], [-2, 0], [1, 2], [0, -1], [-1, 1], [2, 2]]) / 2
y = torch.tensor([[1.0], [0.0], [-1.0], [2.0], [0.0], [1.0], [1.0], [-2.0]])
model = nn.Linear(2, 1)
with torch.no_grad():
    model.weight.copy_(torch.tensor([[0.5, -0.25]]))
    model.bias.zero_()


def gradient(x, y):
    """El gradiente de la pérdida media de estas muestras."""
    model.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    return model.weight.grad.clone()


gradient(x, y)

# %% [markdown]
# Ahora en dos fragmentos: el proceso 0 tiene las muestras 0, 2, 4 y 6; el proceso 1, las demás.

# %%
shards = [gradient(x[rank::2], y[rank::2]) for rank in range(2)]
shards

# %% [markdown]
# Ninguno es el gradiente del lote entero. Su media sí lo es:

# %%
mean = shards[0] * (1 / 2) + shards[1] * (1 / 2)
mean, torch.equal(mean, gradient(x, y))

# %% [markdown]
# La razón cabe en una línea. La pérdida es una media de las muestras, y la derivada de una suma es la suma de las
# derivadas:
#
# $$\frac{1}{8} \sum_{i=1}^{8} \nabla \ell_i
#   = \frac{1}{2} \left( \frac{1}{4} \sum_{i\ \mathrm{par}} \nabla \ell_i
#   + \frac{1}{4} \sum_{i\ \mathrm{impar}} \nabla \ell_i \right)$$
#
# Con otros números los dos lados redondean en sitios distintos: entonces coinciden en todas las cifras menos las
# últimas.
#
# ## Fragmentos de distinto tamaño
#
# La línea de arriba necesita fragmentos del mismo tamaño. Cinco muestras y tres:

# %%
five, three = gradient(x[:5], y[:5]), gradient(x[5:], y[5:])
(five + three) / 2, gradient(x, y)

# %% [markdown]
# Es otro gradiente, y nada te avisa: el entrenamiento sigue, y cada una de las tres muestras cuenta más que cada
# una de las cinco. Lo correcto es la media en que cada fragmento cuenta según su tamaño:

# %%
5 / 8 * five + 3 / 8 * three

# %% [markdown]
# ## Una capa que mira el lote entero
#
# BatchNorm resta la media del lote y divide por su desviación típica. Un proceso solo conoce su fragmento:

# %%
norm = nn.BatchNorm1d(2)
whole = norm(x)
parts = torch.cat([norm(x[:4]), norm(x[4:])])
(whole - parts).abs().max()

# %% [markdown]
# LayerNorm mira las muestras una a una. En otro fragmento no hay nada que le haga falta:

# %%
norm = nn.LayerNorm(2)
whole = norm(x)
parts = torch.cat([norm(x[:4]), norm(x[4:])])
(whole - parts).abs().max()

# %% [markdown]
# ## A quién le toca cada muestra
#
# Los procesos deben acordar el orden de los datos sin preguntarse nada. `DistributedSampler` lo saca de una
# semilla y del número de la época, y da a cada proceso, su *rank*, un índice de cada K. Los fragmentos que hace
# son del mismo tamaño: de nueve muestras para dos procesos, una sale dos veces.

# %%
for epoch in range(2):
    for rank in range(2):
        sampler = torch.utils.data.DistributedSampler(range(9), num_replicas=2, rank=rank, seed=0)
        sampler.set_epoch(epoch)
        print("época", epoch, "rank", rank, list(sampler))

# %% [markdown]
# Sin `set_epoch` todas las épocas tienen el orden de la época 0. Es el tercer error del que nada te avisa.
#
# ## En varios procesos
#
# `DistributedDataParallel` hace todo esto: durante `backward` los gradientes pasan a ser la media de todos los
# procesos. En una terminal,
#
#     mpiexec -n 2 minigrad train --batch-size 48
#     torchrun --nproc-per-node 2 -m torch_ref train --batch-size 48
#     minigrad train --batch-size 48 --shards 2
#
# entrenan el mismo modelo: con minigrad en dos procesos, con PyTorch en dos, y en un solo proceso, un fragmento
# detrás de otro. El primero y el último acaban con los mismos pesos bit a bit, y escriben el mismo SHA-256 de
# ellos.
#
# ## Pruébalo
#
# 1. Reparte el lote en cuatro fragmentos. ¿Sigue siendo la media el gradiente, bit a bit? ¿Y en tres?
# 2. Divide las muestras por 3 en vez de por 2. ¿Cuánto se separan ahora la media y el gradiente?
# 3. ¿Cuáles de estas capas miran las muestras una a una: `nn.Dropout`, `nn.Softmax(dim=1)`, `nn.Softmax(dim=0)`?
