# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. A batch in shards
#
# A batch that is too large for one machine is split into *shards*, one for each of several processes. Each process
# computes the gradients of its shard, then all take the mean of these gradients and the same step. Is that still the
# training of one process? In this notebook you see when it is, and three ways in which it is not.
#
# One line decides again: `import torch`, or `import minigrad as torch`.

# %%
import torch

nn = torch.nn

# %% [markdown]
# ## The mean of the shards' gradients
#
# Eight samples of two numbers, and a linear model. All numbers are halves and quarters: such numbers are added and
# multiplied without rounding, so that every difference that you see is a real one.

# %%
x = torch.tensor([[0, 1], [2, -1], [1, 1], [-2, 0], [1, 2], [0, -1], [-1, 1], [2, 2]]) / 2
y = torch.tensor([[1.0], [0.0], [-1.0], [2.0], [0.0], [1.0], [1.0], [-2.0]])
model = nn.Linear(2, 1)
with torch.no_grad():
    model.weight.copy_(torch.tensor([[0.5, -0.25]]))
    model.bias.zero_()


def gradient(x, y):
    """The gradient of the mean loss of these samples."""
    model.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    return model.weight.grad.clone()


gradient(x, y)

# %% [markdown]
# Now in two shards: process 0 has the samples 0, 2, 4 and 6, process 1 the others.

# %%
shards = [gradient(x[rank::2], y[rank::2]) for rank in range(2)]
shards

# %% [markdown]
# Neither is the gradient of the whole batch. Their mean is:

# %%
mean = shards[0] * (1 / 2) + shards[1] * (1 / 2)
mean, torch.equal(mean, gradient(x, y))

# %% [markdown]
# The reason is one line. The loss is a mean over the samples, and the derivative of a sum is the sum of the
# derivatives:
#
# $$\frac{1}{8} \sum_{i=1}^{8} \nabla \ell_i
#   = \frac{1}{2} \left( \frac{1}{4} \sum_{i\ \mathrm{even}} \nabla \ell_i
#   + \frac{1}{4} \sum_{i\ \mathrm{odd}} \nabla \ell_i \right)$$
#
# With other numbers the two sides round in other places: then they agree in all digits but the last ones.
#
# ## Shards of unequal size
#
# The line above needs shards of equal size. Five samples and three:

# %%
five, three = gradient(x[:5], y[:5]), gradient(x[5:], y[5:])
(five + three) / 2, gradient(x, y)

# %% [markdown]
# That is another gradient, and nothing warns you: the training goes on, with each of the three samples counting
# more than each of the five. Right is the mean in which a shard counts by its size:

# %%
5 / 8 * five + 3 / 8 * three

# %% [markdown]
# ## A layer that looks at the whole batch
#
# BatchNorm subtracts the mean of the batch and divides by its standard deviation. A process knows only its own shard:

# %%
norm = nn.BatchNorm1d(2)
whole = norm(x)
parts = torch.cat([norm(x[:4]), norm(x[4:])])
(whole - parts).abs().max()

# %% [markdown]
# LayerNorm looks at one sample at a time. There is nothing to see in another shard:

# %%
norm = nn.LayerNorm(2)
whole = norm(x)
parts = torch.cat([norm(x[:4]), norm(x[4:])])
(whole - parts).abs().max()

# %% [markdown]
# ## Who gets which samples
#
# The processes must agree on the order of the data without asking each other. `DistributedSampler` draws it from
# a seed and the number of the epoch, and gives each process, its *rank*, every K-th index. It makes shards of
# equal size: of nine samples for two ranks one comes twice.

# %%
for epoch in range(2):
    for rank in range(2):
        sampler = torch.utils.data.DistributedSampler(range(9), num_replicas=2, rank=rank, seed=0)
        sampler.set_epoch(epoch)
        print("epoch", epoch, "rank", rank, list(sampler))

# %% [markdown]
# Without `set_epoch` every epoch has the order of epoch 0. That is the third mistake that nothing warns you of.
#
# ## In several processes
#
# `DistributedDataParallel` does all this: during `backward` the gradients become the mean over all processes. In
# a terminal
#
#     mpiexec -n 2 minigrad train --batch-size 48
#     torchrun --nproc-per-node 2 -m torch_ref train --batch-size 48
#     minigrad train --batch-size 48 --shards 2
#
# train the same model: with minigrad in two processes, with PyTorch in two, and in one process, one shard after the
# other. The first and the last end in the same weights to the bit, and print the same SHA-256 of them.
#
# ## Try it
#
# 1. Split the batch into four shards. Is the mean still the gradient, bit for bit? And into three?
# 2. Divide the samples by 3 instead of 2. How far apart are the mean and the gradient now?
# 3. Which of these layers see only one sample at a time: `nn.Dropout`, `nn.Softmax(dim=1)`, `nn.Softmax(dim=0)`?
