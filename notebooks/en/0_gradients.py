# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0. Gradients: what `x.grad` is
#
# To train a model is to make one number, the loss, smaller by changing many others, the weights. For every weight
# one has to know which way to change it, and how much the loss will answer. That is its *gradient*. In this
# notebook you get the first one, check it by hand, follow it through two operations and through a graph, and use
# it to fit a line. Everything that comes later is more of the same.
#
# `torch` here is PyTorch. You may write `import minigrad as torch` instead, in this one place, and run everything
# again: minigrad is an engine in NumPy that is small enough to be read and has PyTorch's names.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Tensors
#
# A *tensor* is an array of numbers with a shape: one number, a row, a table, a stack of tables. You compute with
# it as you would with a number. Whatever you do happens to every element.

# %%
table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
table.shape, table * 10, table.sum()

# %% [markdown]
# ## The first gradient
#
# Here is one number, $x = 3$, with a wish: `requires_grad=True` says that we shall want its gradient. From it we
# compute another number, $y = x^2$, and call `backward`.

# %%
x = torch.tensor(3.0, requires_grad=True)
y = x**2
y.backward()
x.grad

# %% [markdown]
# What does this 6 mean? Move $x$ a little and look at what $y$ does:

# %%
step = 0.001
((3 + step) ** 2 - 3**2) / step

# %% [markdown]
# $y$ moves about 6 times as far as $x$ does. The gradient is that factor, in the limit of small steps: the slope
# of the curve at the point where we stand. By the rule from school, the slope of $x^2$ is $2x$, and
# $2 \cdot 3 = 6$.

# %%
curve = torch.linspace(-1, 5, 100)
plt.figure(figsize=(5, 3))
plt.plot(curve, curve**2, label="y = x²")
plt.plot([1, 5], [9 + 6 * (1 - 3), 9 + 6 * (5 - 3)], "--", label="slope 6")
plt.plot(3, 9, "ko")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# The slope says two things. Its sign: to make $y$ smaller, $x$ has to become smaller. Its size: how much that
# helps.
#
# ## Gradients add up
#
# Compute the same thing once more, and ask again:

# %%
y = x**2
y.backward()
x.grad

# %% [markdown]
# It is 12 now, not 6: `backward` *adds* what it finds to what is already in `x.grad`. There is a good reason.
# A number may be used more than once, and then it acts in more than one way. In $y = x^2 + 5x$ the first term
# contributes $2x = 6$, the second 5, and the gradient of $x$ is their sum:

# %%
x.grad = None
y = x**2 + 5 * x
y.backward()
x.grad

# %% [markdown]
# The first line forgot the old gradient. Every training loop needs such a line. Without it, each step would also
# follow the gradients of all the steps before.
#
# A tensor with many elements has as many gradients. `backward` starts from a single number, so we take the sum of
# the squares. Each element acts on the sum by its own square only, hence $2x$ again, element by element:

# %%
row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
(row**2).sum().backward()
row.grad

# %% [markdown]
# ## Two operations: the chain rule
#
# Now in two steps: $p = w \cdot x$, and then $z = p^2$. How much does $z$ move when $w$ does? If $w$ moves by a
# little, $p$ moves $x$ times as far; and $z$ moves $2p$ times as far as $p$. So the factors are multiplied:
#
# $$\frac{\mathrm{d}z}{\mathrm{d}w} = \frac{\mathrm{d}z}{\mathrm{d}p} \cdot \frac{\mathrm{d}p}{\mathrm{d}w}
# = 2p \cdot x.$$
#
# That is the *chain rule*, the only piece of mathematics that `backward` knows besides the slope of each single
# operation. With $w = 3$ and $x = 2$ we have $p = 6$, and expect $12 \cdot 2 = 24$ for $w$ and $12 \cdot 3 = 36$
# for $x$.

# %%
w = torch.tensor(3.0, requires_grad=True)
x = torch.tensor(2.0, requires_grad=True)
p = w * x
z = p**2

p.retain_grad()  # a tensor in between keeps its gradient only if asked to
z.backward()
p.grad, w.grad, x.grad

# %% [markdown]
# ## The graph
#
# Every tensor remembers the operation that made it, and from which tensors. So all that we computed is a graph,
# and we can draw it. Here is a slightly longer computation, the error of a line with slope $w$ and height $b$ that
# should give 4 at $x = 2$. Each box shows the number (data) and its gradient (grad):

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
# Read the data from left to right: that is *forward*. Read the gradients from right to left: that is *backward*.
# It begins with 1, because the loss moves exactly as far as the loss does. Then each box hands on what it has
# received, times its own slope:
#
# - the square: $2 \cdot \text{error} = 2 \cdot 3 = 6$, times 1;
# - subtracting 4 moves nothing but the zero: 6 goes through unchanged;
# - an addition gives each of its inputs all that it has received: 6 for $p$ and 6 for $b$;
# - a product gives each input the *other* one as a factor: $6 \cdot x = 12$ for $w$, $6 \cdot w = 18$ for $x$.
#
# If a tensor is used twice, arrows leave it twice, and what comes back along them is added. Here
# $z = a \cdot c + a$, with $a = 2$ and $c = 5$. Through the product $a$ receives 5, directly 1, together 6:

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
# ## Downhill
#
# A gradient says where a number grows. To make it smaller, take a step in the other direction, look again, take
# another step. That is *gradient descent*. On the parabola $y = (x - 1)^2$, from $x = 4$:

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
# Two lines are new. `torch.no_grad()` says that moving $x$ is not a part of the computation that we
# differentiate. And the 0.15 is the *learning rate*: what part of the gradient we take as a step.

# %%
curve = torch.linspace(-2.3, 4.3, 100)
plt.figure(figsize=(5, 3))
plt.plot(curve, (curve - 1) ** 2, color="lightgrey")
plt.plot(places, [(place - 1) ** 2 for place in places], "o--")
plt.xlabel("x")
plt.ylabel("y")
plt.show()

# %% [markdown]
# The steps become shorter by themselves, because the slope does. (What would a learning rate of 1 do? And 1.1?)
#
# ## Fitting a line
#
# Now something useful. Here are twenty points that lie near a line. Which one?

# %%
torch.manual_seed(0)
x = torch.linspace(-1, 1, 20)
y = 2 * x + 1 + 0.3 * torch.randn(20)

w = torch.tensor(-1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)

# %% [markdown]
# We know that the points were made with slope 2 and height 1, and a little noise. The program does not: it begins
# with a falling line. Its loss is the mean of the squared errors, and the loop is the one from above, with two
# numbers to move in place of one.

# %%
losses, lines = [], []
for epoch in range(41):
    loss = ((w * x + b - y) ** 2).mean()
    losses.append(loss.item())
    lines.append((w.item(), b.item()))
    if epoch % 10 == 0:
        print(f"epoch {epoch:2}  loss {loss.item():.4f}  slope {w.item():.3f}  height {b.item():.3f}")

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
    left.plot(x, slope * x + height, color=plt.cm.viridis_r(0.1 + epoch / 45), label=f"epoch {epoch}")
left.legend(fontsize="small")
left.set(title="the line moves", xlabel="x", ylabel="y")
right.plot(losses)
right.set(title="the loss falls", xlabel="epoch", ylabel="loss", ylim=0)
plt.show()

# %% [markdown]
# The loss does not go to zero, for no line passes through all the points. It goes as low as a line can, and slope
# and height come near to 2 and 1, as near as twenty noisy points allow. For the best line there is a formula,
# which tells how far the loop has come:

# %%
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
height = y.mean() - slope * x.mean()
print(f"slope {slope.item():.3f}  height {height.item():.3f}")

# %% [markdown]
# A network of a million weights has no such formula. But it has a loss, and a gradient for each weight, and the
# loop is the same five lines. The next notebook builds networks; the second one trains them.
#
# ## Try it
#
# 1. Find the gradient of $y = x^3$ at $x = 2$, on paper first.
# 2. In the graph with the error of a line, put 5 in the place of $b = 1$. Which gradients change, and which are
#    the same? Work them out before you run it.
# 3. Remove the line `w.grad = b.grad = None` from the last loop. What happens, and why?
# 4. On the parabola, try the learning rates 0.5, 1 and 1.1. Explain what you see.
#
# <details>
# <summary>Answers</summary>
#
# 1. The slope of $x^3$ is $3x^2$, so 12. `x = torch.tensor(2.0, requires_grad=True); (x**3).backward(); x.grad`.
# 2. The line gives 11 and the error is 7, so the square hands on $2 \cdot 7 = 14$. It goes through the
#    subtraction and the addition unchanged: $b$ and $p$ receive 14, $w$ receives $14 \cdot 2 = 28$ and $x$
#    $14 \cdot 3 = 42$. Only the 1 at the loss stays.
# 3. The gradients of all steps add up. The line runs past the best one, the sum pulls it back only after a
#    while, and it swings around the best line instead of coming to rest.
# 4. The distance from 1 is multiplied by $1 - 2 \cdot \text{lr}$ in every step. With 0.5 that is 0: one step and
#    we are there. With 1 it is $-1$: we jump from one side to the other for ever. With 1.1 it is $-1.2$: every
#    jump is larger than the one before.
#
# </details>
