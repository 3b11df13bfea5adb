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
# numbers, bit for bit.
#
# minigrad is imported here under its own name, because we want to read its source. `torch` is PyTorch, to compare
# with; as before, you may write `import minigrad as torch`.

# %%
import inspect

import numpy as np
import torch

import minigrad

# %% [markdown]
# Take something small: six points with four coordinates each, two classes, one hidden layer of three.


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
# nowhere to be seen, for nobody asked for their gradient.
#
# Does PyTorch leave the same trail?


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
# Below, the operation: it subtracts the largest logit, as the second notebook recommended, and then computes
# $z_i = x_i - \log \sum_j e^{x_j}$. Above it, after `x=`, the rule. To check it, differentiate: $x_i$ itself
# contributes 1 to $z_i$, and through the sum it lowers *every* $z_k$ by its share $e^{x_i} / \sum_j e^{x_j}$,
# which is $e^{z_i}$. So
#
# $$\mathrm{d}x_i = \mathrm{d}z_i - e^{z_i} \sum_k \mathrm{d}z_k.$$
#
# The rule needs the output `z` and therefore names it; what a rule names is what the node keeps until `backward`.
# Two more, of which the second looks harder than it is:

# %%
print(inspect.getsource(minigrad.nn.ops.relu))
print(inspect.getsource(minigrad.nn.ops.linear))

# %% [markdown]
# `relu` lets the gradient through where its output is positive and stops it elsewhere. A linear layer has three
# inputs and so three rules, and in each the shapes leave hardly a choice: $\mathrm{d}W$ must be as large as $W$,
# and $\mathrm{d}z^\top x$ is.
#
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
# there and nowhere else. From then on every line is one of the rules that you have read:

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
# ## Try it
#
# 1. In the gradient by hand, forget the factor `d_log_p.sum(...)`. Only one line is wrong: why do all four
#    comparisons fail?
# 2. Put a second ReLU layer into `problem`. Which lines have to be added by hand, forward and backward?
# 3. Read `minigrad/autograd/engine.py`: it is the loop that visits the nodes. Where does it add two gradients
#    that meet?
# 4. Write an operation of your own with `torch.autograd.Function`, say $x^3$, and let `gradcheck` examine it.
