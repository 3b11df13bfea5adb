# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Looking inside
#
# `loss.backward()` is one line, and after it every weight knows its gradient. How? In this notebook you follow
# the trail that a computation leaves, read the rule by which one operation passes its gradient on, and then do it
# all yourself, in NumPy, without either library. If you have understood it, your numbers will be the library's
# numbers, bit for bit. At the end stands the gradient from which every classifier learns: $p - y$.
#
# minigrad is imported here under its own name, because we want to read its source. `torch` is PyTorch, to compare
# with; as before, you may write `import minigrad as torch`.

# %%
import inspect

import numpy as np
import torch
from matplotlib import pyplot as plt

import minigrad
from sidebyside.graph import draw

plt.style.use("tableau-colorblind10")

# %% [markdown]
# Take something small: six points with four coordinates each, three classes, one hidden layer of five.


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
    logits.retain_grad()  # for the end of this notebook
    return model, x, y, logits, library.nn.CrossEntropyLoss()(logits, y)


model, x, y, logits, loss = problem(minigrad)
loss

# %% [markdown]
# ## The trail
#
# While the loss was computed, every operation left a *node*. A node knows the nodes of its inputs, its
# `next_functions`: next, because the way goes backward, from the loss to the weights. Walk it:


# %%
def walk(node, depth=0):
    print("  " * depth + node.name())
    for earlier, _ in node.next_functions:
        if earlier is not None:
            walk(earlier, depth + 1)


walk(loss.grad_fn)

# %% [markdown]
# Read it from the top: the loss came from picking the right classes' values (`NllLoss`, the mean of $-\log p_y$),
# those from `LogSoftmax`, those from the second layer (`Addmm`: a product of matrices and an addition), and so on
# down. Each trail ends in an `AccumulateGrad`. There a weight or a bias waits for its gradient. The data `x` are
# nowhere to be seen, for nobody asked for their gradient. Here is the same as a picture:

# %%
draw(loss, model=model)

# %% [markdown]
# Does PyTorch leave the same trail?


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
# It does, with one exception that the comparison leaves out. A layer computes $x W^\top + b$, and PyTorch records
# the turning of $W$ as a step of its own, `TBackward0`; in minigrad it is part of `AddmmBackward0`. (PyTorch also
# puts the name of a C++ namespace before `AccumulateGrad`.)
#
# ## A rule
#
# What does a node do? It receives `dz`, the gradient of the loss with respect to its output `z`, and passes on
# `dx`, the gradient with respect to its input `x`. That is the chain rule, and each operation has a line of it.
# Here is the whole of one operation in minigrad, with its rule:

# %%
print(inspect.getsource(minigrad.nn.ops.log_softmax))

# %% [markdown]
# Below, the operation, for every row of a batch: it subtracts the largest logit, as the second notebook recommended,
# and then computes $z_i = x_i - \log \sum_j e^{x_j}$. (`sum_of` and `max_of` are a row's sum and maximum;
# `by_columns` only makes it faster.) Above it, after `x=`, the rule. To check it, differentiate: $x_i$ itself
# contributes 1 to $z_i$, and through the sum it lowers *every* $z_k$ by its share $e^{x_i} / \sum_j e^{x_j}$,
# which is $e^{z_i}$. So
#
# $$\mathrm{d}x_i = \mathrm{d}z_i - e^{z_i} \sum_k \mathrm{d}z_k.$$
#
# The rule needs the output `z` and therefore names it; what a rule names is what the node keeps until `backward`.
# Now the layers. The linear one looks harder than it is:

# %%
print(inspect.getsource(minigrad.nn.ops.linear))
print(inspect.getsource(minigrad.nn.ops.relu))

# %% [markdown]
# A linear layer has three inputs and so three rules, and in each the shapes leave hardly a choice: $\mathrm{d}W$
# must be as large as $W$, and $\mathrm{d}z^\top x$ is. `relu` lets the gradient through where its output is positive
# and stops it elsewhere:

# %%
x_line = torch.linspace(-2, 2, 101, requires_grad=True)
torch.relu(x_line).sum().backward()

plt.figure(figsize=(5, 2.5))
plt.plot(x_line.detach(), torch.relu(x_line).detach(), label="ReLU(x)")
plt.plot(x_line.detach(), x_line.grad, "--", label="its gradient")
plt.xlabel("x")
plt.legend()
plt.show()

# %% [markdown]
# ## By hand
#
# Now without any library. First forward, layer by layer:

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
# And backward, the same steps from last to first. The loss is the mean of six values, so each of them has the
# gradient $1/6$; the values were taken with a minus sign from the places `[row, class]`, so the gradient goes
# there and nowhere else. From then on every line is one of the rules that you have read. (In a large batch the library
# adds up with a product with ones, `np.ones(n) @ dz`: the same number, in another order, which sometimes rounds the
# last bit another way.)

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
# Now ask the library, and compare. Equal means equal here: every bit.

# %%
loss.backward()
for (name, parameter), mine in zip(model.named_parameters(), (dW1, db1, dW2, db2), strict=True):
    print(f"{name:9} {np.array_equal(parameter.grad.numpy(), mine)}")

# %% [markdown]
# There is no magic left: `backward` went through the nodes, newest first, and did what you did.
#
# And PyTorch?

# %%
their_loss.backward()
for (name, parameter), mine in zip(their_model.named_parameters(), (dW1, db1, dW2, db2), strict=True):
    far = np.abs(parameter.grad.numpy() - mine).max() / np.abs(mine).max()
    print(f"{name:9} {far < 1e-14}")

# %% [markdown]
# The same gradient, to within one part in $10^{14}$; the last bits may differ. The mathematics is the same, only
# the sums are added in another order and rounded on the way. One can show that this is all: if PyTorch's autograd
# is given minigrad's arithmetic, the two agree bit for bit through a whole training, and `minigrad compare` does
# just that.
#
# ## A check that knows no rules
#
# One can also find a derivative without any rule: move one input a little and see how the output moves. It is
# slow, and a good examiner. `gradcheck` does it for every input, and says whether rule and trial agree:

# %%
point = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda t: torch.log_softmax(t, dim=1), (point,))

# %% [markdown]
# ## p − y
#
# Two steps of the backward pass by hand belong together, the loss and the softmax before it. Look at their numbers,
# first what the loss hands on, then what comes out of the rule of `log_softmax`:

# %%
print(d_log_p.round(4))
print(dz.round(4))

# %% [markdown]
# The first is $-1/6$ at the right class of every row, and 0 elsewhere. Write $y$ for the table that has a 1 at the
# right class and 0 elsewhere (the classes *one-hot*) and $N$ for the number of rows. Then the first step is
# $\mathrm{d}\log p = -y/N$. The sum of each of its rows is $-1/N$. With that the second step becomes
#
# $$\mathrm{d}z = \mathrm{d}\log p - p \cdot \textstyle\sum \mathrm{d}\log p
# = -\frac{y}{N} + \frac{p}{N} = \frac{p - y}{N}, \qquad p = \mathrm{softmax}(z).$$
#
# That is all: the gradient of a logit is the probability that the model gave, minus the one that it should have given.
# Is it so? Against our two steps, and against the `.grad` of the logits, of both libraries:

# %%
p = np.exp(log_p)
one_hot = np.eye(3)[Y]
p_minus_y = (p - one_hot) / len(Y)

for gradient in (dz, logits.grad.numpy(), their_logits.grad.numpy()):
    print(np.abs(p_minus_y - gradient).max() < 1e-15)

# %% [markdown]
# (To the bit they need not be equal: $p/N - y/N$ is rounded in other places than $(p - y)/N$.)
#
# With ten classes one sees it better. Here are ten logits for an image that shows a 3. The model takes it for a 5:

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
    place.set(title=title, xlabel="class", xticks=range(10), ylim=(-1, 1))
plt.show()

# %% [markdown]
# A step against this gradient raises the logit of the right class, by as much as was missing to certainty, and lowers
# the others, each by the probability that it took away. The bars of $p - y$ add up to 0. When the model is right
# and certain, $p = y$ and there is nothing left to learn. Every classifier with a softmax learns from this one line.
#
# ## Try it
#
# 1. In the gradient by hand, forget the factor `d_log_p.sum(...)`. Only one line is wrong: why do all four
#    comparisons fail?
# 2. Put a second ReLU layer into `problem`. Which lines have to be added by hand, forward and backward?
# 3. Read `minigrad/autograd/engine.py`: it is the loop that visits the nodes. Where does it add two gradients
#    that meet?
# 4. Write an operation of your own with `torch.autograd.Function`, say $x^3$, and let `gradcheck` examine it.
#
# <details>
# <summary>Answers</summary>
#
# 1. Then `dz` is wrong, and all that follows is computed from `dz`.
# 2. With `W3, b3` between the two: forward `a2 = h @ W3.T + b3` and `h2 = np.maximum(0, a2)`, and `z` from `h2`.
#    Backward, before `dh`: `dh2 = dz @ W2`, `da2 = np.where(h2 > 0, dh2, 0)`, `dW3 = da2.T @ h`,
#    `db3 = da2.sum(axis=0)`; `dW2` is now `dz.T @ h2`, and `dh = da2 @ W3`.
# 3. In `Arriving.add`: if something has already arrived for the node, `self.sums[node]` becomes the sum of the two.
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
