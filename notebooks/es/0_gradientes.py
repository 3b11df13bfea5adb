# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0. Gradientes: qué es `x.grad`
#
# Entrenar un modelo es hacer que un número, la pérdida, disminuya a base de cambiar otros muchos, los pesos. De
# cada peso hay que saber hacia dónde moverlo y cuánto va a responder la pérdida. Eso es su *gradiente*. En este
# cuaderno obtienes el primero, lo compruebas a mano, lo sigues a través de dos operaciones y de un grafo, y lo
# usas para ajustar una recta. Todo lo que viene después es más de lo mismo.
#
# Aquí `torch` es PyTorch. Si quieres, escribe en su lugar `import minigrad as torch`, solo en este sitio, y
# vuelve a ejecutarlo todo: minigrad es un motor escrito en NumPy, lo bastante pequeño como para leerlo, que usa
# los nombres de PyTorch.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Tensores
#
# Un *tensor* es un conjunto ordenado de números con una forma: un número solo, una fila, una tabla, una pila de
# tablas. Se opera con él como con un número. Lo que hagas se le hace a cada elemento.

# %%
table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
table.shape, table * 10, table.sum()

# %% [markdown]
# ## El primer gradiente
#
# Aquí hay un número, $x = 3$, con un encargo: `requires_grad=True` dice que vamos a querer su gradiente. A partir
# de él calculamos otro número, $y = x^2$, y llamamos a `backward`.

# %%
x = torch.tensor(3.0, requires_grad=True)
y = x**2
y.backward()
x.grad

# %% [markdown]
# ¿Qué significa ese 6? Mueve $x$ un poco y mira qué hace $y$:

# %%
step = 0.001
((3 + step) ** 2 - 3**2) / step

# %% [markdown]
# $y$ se mueve unas 6 veces lo que se mueve $x$. El gradiente es ese factor, en el límite de los pasos pequeños:
# la pendiente de la curva en el punto en el que estamos. Según la regla del instituto, la pendiente de $x^2$ es
# $2x$, y $2 \cdot 3 = 6$.

# %%
curve = torch.linspace(-1, 5, 100)
plt.figure(figsize=(5, 3))
plt.plot(curve, curve**2, label="y = x²")
plt.plot([1, 5], [9 + 6 * (1 - 3), 9 + 6 * (5 - 3)], "--", label="pendiente 6")
plt.plot(3, 9, "ko")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# La pendiente dice dos cosas. Su signo: para que $y$ disminuya, $x$ tiene que disminuir. Su tamaño: cuánto se
# gana con ello.
#
# ## Los gradientes se suman
#
# Calcula lo mismo otra vez y vuelve a preguntar:

# %%
y = x**2
y.backward()
x.grad

# %% [markdown]
# Ahora es 12 y no 6: `backward` *suma* lo que encuentra a lo que ya hay en `x.grad`. Hay un buen motivo. Un
# número puede usarse más de una vez, y entonces influye por más de un camino. En $y = x^2 + 5x$, el primer
# término aporta $2x = 6$ y el segundo 5, y el gradiente de $x$ es la suma de los dos:

# %%
x.grad = None
y = x**2 + 5 * x
y.backward()
x.grad

# %% [markdown]
# La primera línea ha olvidado el gradiente anterior. Todo bucle de entrenamiento necesita una línea así. Sin
# ella, cada paso seguiría también los gradientes de todos los pasos anteriores.
#
# Un tensor con muchos elementos tiene otros tantos gradientes. `backward` parte de un único número, así que
# tomamos la suma de los cuadrados. Cada elemento influye en la suma solo con su propio cuadrado; de nuevo $2x$,
# elemento a elemento:

# %%
row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
(row**2).sum().backward()
row.grad

# %% [markdown]
# ## Dos operaciones: la regla de la cadena
#
# Ahora en dos pasos: $p = w \cdot x$ y después $z = p^2$. ¿Cuánto se mueve $z$ cuando se mueve $w$? Si $w$ se
# mueve un poco, $p$ se mueve $x$ veces eso; y $z$ se mueve $2p$ veces lo que se mueva $p$. Los factores, pues, se
# multiplican:
#
# $$\frac{\mathrm{d}z}{\mathrm{d}w} = \frac{\mathrm{d}z}{\mathrm{d}p} \cdot \frac{\mathrm{d}p}{\mathrm{d}w}
# = 2p \cdot x.$$
#
# Esa es la *regla de la cadena*, las únicas matemáticas que `backward` conoce además de la pendiente de cada
# operación. Con $w = 3$ y $x = 2$ tenemos $p = 6$, y esperamos $12 \cdot 2 = 24$ para $w$ y $12 \cdot 3 = 36$
# para $x$.

# %%
w = torch.tensor(3.0, requires_grad=True)
x = torch.tensor(2.0, requires_grad=True)
p = w * x
z = p**2

p.retain_grad()  # un tensor intermedio solo guarda su gradiente si se le pide
z.backward()
p.grad, w.grad, x.grad

# %% [markdown]
# ## El grafo
#
# Cada tensor recuerda qué operación lo produjo y a partir de qué tensores. Todo lo que hemos calculado es, por
# tanto, un grafo, y podemos dibujarlo. Este es un cálculo algo más largo: el error de una recta de pendiente $w$
# y altura $b$ que debería dar 4 en $x = 2$. Cada caja muestra el número (data) y su gradiente (grad):

# %%
from sidebyside.graph.boxes import boxes

w = torch.tensor(3.0, requires_grad=True)
x = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)

p = w * x
line = p + b
error = line - 4
loss = error**2

for tensor in (p, line, error, loss):
    tensor.retain_grad()
loss.backward()

boxes(w=w, x=x, b=b, p=p, line=line, error=error, loss=loss)
plt.show()

# %% [markdown]
# Lee los números de izquierda a derecha: es el camino *hacia delante*. Lee los gradientes de derecha a izquierda:
# es el camino *hacia atrás*. Empieza por 1, porque la pérdida se mueve exactamente lo que se mueve la pérdida.
# Después, cada caja transmite lo que ha recibido multiplicado por su propia pendiente:
#
# - el cuadrado: $2 \cdot \text{error} = 2 \cdot 3 = 6$, por 1;
# - restar 4 solo desplaza el cero: el 6 pasa tal cual;
# - una suma da a cada una de sus entradas todo lo que ha recibido: 6 para $p$ y 6 para $b$;
# - un producto da a cada entrada la *otra* como factor: $6 \cdot x = 12$ para $w$ y $6 \cdot w = 18$ para $x$.
#
# Si un tensor se usa dos veces, de él salen dos flechas, y lo que vuelve por ellas se suma. Aquí
# $z = a \cdot c + a$, con $a = 2$ y $c = 5$. Por el producto, $a$ recibe 5; directamente, 1; en total, 6:

# %%
a = torch.tensor(2.0, requires_grad=True)
c = torch.tensor(5.0, requires_grad=True)
m = a * c
z = m + a
m.retain_grad()
z.retain_grad()
z.backward()

boxes(a=a, c=c, m=m, z=z)
plt.show()

# %% [markdown]
# ## Cuesta abajo
#
# El gradiente dice hacia dónde crece un número. Para que disminuya, da un paso en sentido contrario, vuelve a
# mirar y da otro paso. Eso es el *descenso por gradiente*. En la parábola $y = (x - 1)^2$, desde $x = 4$:

# %%
x = torch.tensor(4.0, requires_grad=True)
places = [x.item()]
for _ in range(10):
    y = (x - 1) ** 2
    x.grad = None
    y.backward()
    with torch.no_grad():
        x -= 0.15 * x.grad
    places.append(x.item())

print("  ".join(f"{place:.3f}" for place in places))

# %% [markdown]
# Hay dos líneas nuevas. `torch.no_grad()` dice que mover $x$ no forma parte del cálculo que derivamos. Y el 0,15
# es la *tasa de aprendizaje*: qué parte del gradiente tomamos como paso.

# %%
curve = torch.linspace(-2.3, 4.3, 100)
plt.figure(figsize=(5, 3))
plt.plot(curve, (curve - 1) ** 2, color="lightgrey")
plt.plot(places, [(place - 1) ** 2 for place in places], "o--")
plt.xlabel("x")
plt.ylabel("y")
plt.show()

# %% [markdown]
# Los pasos se acortan solos, porque la pendiente también disminuye. (¿Qué haría una tasa de aprendizaje de 1?
# ¿Y de 1,1?)
#
# ## Ajustar una recta
#
# Ahora, algo útil. Aquí hay veinte puntos que están cerca de una recta. ¿De cuál?

# %%
torch.manual_seed(0)
x = torch.linspace(-1, 1, 20)
y = 2 * x + 1 + 0.3 * torch.randn(20)

w = torch.tensor(-1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)

# %% [markdown]
# Nosotros sabemos que los puntos se hicieron con pendiente 2, altura 1 y un poco de ruido. El programa no lo
# sabe: empieza con una recta que baja. Su pérdida es la media de los errores al cuadrado, y el bucle es el de
# antes, con dos números que mover en lugar de uno.

# %%
losses, lines = [], []
for epoch in range(41):
    loss = ((w * x + b - y) ** 2).mean()
    losses.append(loss.item())
    lines.append((w.item(), b.item()))
    if epoch % 10 == 0:
        print(f"época {epoch:2}  pérdida {loss.item():.4f}  pendiente {w.item():.3f}  altura {b.item():.3f}")

    w.grad = b.grad = None
    loss.backward()
    with torch.no_grad():
        w -= 0.2 * w.grad
        b -= 0.2 * b.grad

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.plot(x, y, "ko", markersize=4)
for epoch in (0, 2, 5, 10, 40):
    slope, height = lines[epoch]
    left.plot(x, slope * x + height, color=plt.cm.viridis_r(0.1 + epoch / 45), label=f"época {epoch}")
left.legend(fontsize="small")
left.set(title="la recta se mueve", xlabel="x", ylabel="y")
right.plot(losses)
right.set(title="la pérdida baja", xlabel="época", ylabel="pérdida", ylim=0)
plt.show()

# %% [markdown]
# La pérdida no llega a cero, porque ninguna recta pasa por todos los puntos. Baja todo lo que una recta permite,
# y la pendiente y la altura se acercan a 2 y a 1, todo lo que permiten veinte puntos con ruido. Para la mejor
# recta hay una fórmula, que dice hasta dónde ha llegado el bucle:

# %%
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
height = y.mean() - slope * x.mean()
print(f"pendiente {slope.item():.3f}  altura {height.item():.3f}")

# %% [markdown]
# Para una red con un millón de pesos no hay fórmula que valga. Pero tiene una pérdida y un gradiente para cada
# peso, y el bucle son las mismas cinco líneas. El próximo cuaderno construye redes; el segundo las entrena.
#
# ## Pruébalo tú
#
# 1. Halla el gradiente de $y = x^3$ en $x = 2$, primero en papel.
# 2. En el grafo con el error de una recta, pon 5 en lugar de $b = 1$. ¿Qué gradientes cambian y cuáles siguen
#    igual? Calcúlalos antes de ejecutarlo.
# 3. Quita la línea `w.grad = b.grad = None` del último bucle. ¿Qué pasa, y por qué?
# 4. En la parábola, prueba las tasas de aprendizaje 0,5, 1 y 1,1. Explica lo que ves.
#
# <details>
# <summary>Respuestas</summary>
#
# 1. La pendiente de $x^3$ es $3x^2$, así que 12.
#    `x = torch.tensor(2.0, requires_grad=True); (x**3).backward(); x.grad`.
# 2. La recta da 11 y el error es 7, así que el cuadrado transmite $2 \cdot 7 = 14$. Pasa tal cual por la resta y
#    por la suma: $b$ y $p$ reciben 14, $w$ recibe $14 \cdot 2 = 28$ y $x$, $14 \cdot 3 = 42$. Solo queda igual el
#    1 de la pérdida.
# 3. Se suman los gradientes de todos los pasos. La recta se pasa de largo, la suma tarda en hacerla volver, y
#    oscila alrededor de la mejor recta en lugar de detenerse.
# 4. La distancia a 1 se multiplica en cada paso por $1 - 2 \cdot \text{lr}$. Con 0,5 ese factor es 0: un paso y
#    hemos llegado. Con 1 es $-1$: saltamos de un lado al otro para siempre. Con 1,1 es $-1{,}2$: cada salto es
#    mayor que el anterior.
#
# </details>
