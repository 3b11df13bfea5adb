# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. Networks: written once, run twice
#
# A neural network in PyTorch is a handful of objects that you put together. Here you put together three networks,
# ask them for outputs, look at what they are made of, and replace a part of one. Then the same lines run with
# *minigrad*, an autograd engine in NumPy that goes by PyTorch's names, and you see whether it answers the same.
#
# Everything depends on one line, `import torch`. When you have seen the notebook with PyTorch, or if you do not
# have PyTorch, write
#
# ```python
# import minigrad as torch
# ```
#
# in its place and run everything again. Nothing else changes. (We write `torch.nn.Linear` in full for that
# reason: `import torch.nn as nn` would fetch the real PyTorch, whatever the first line says.)

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## A sequence of layers
#
# The seed fixes the random numbers, and with them the weights that a network begins with. They are the same every
# time you run this, and the same in both libraries.

# %%
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(64, 32),
    torch.nn.ReLU(),
    torch.nn.Linear(32, 10),
)
model

# %% [markdown]
# Three layers, called one after the other. The first turns 64 numbers, the pixels of an image of 8×8, into 32.
# `ReLU` replaces the negative ones by zero. The last turns those 32 into 10, one for each digit that the image
# may show. These ten are called *logits*: the larger, the likelier.

# %%
x = torch.linspace(-2, 2, 101)
plt.figure(figsize=(4, 2))
plt.plot(x, torch.relu(x))
plt.xlabel("x")
plt.ylabel("ReLU(x)")
plt.show()

# %% [markdown]
# You call a model as you call a function. What you give it is always a batch: the first dimension counts the
# images.

# %%
images = torch.rand(5, 64)
logits = model(images)
logits.shape

# %%
print(logits[0])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.2), layout="constrained", width_ratios=[1, 3])
left.imshow(images[0].reshape(8, 8).numpy(), cmap="gray_r")
left.axis("off")
left.set_title("image")
right.bar(range(10), logits[0].tolist())
right.axhline(0, color="black", linewidth=0.8)
right.set(title="logits", xlabel="digit", xticks=range(10))
plt.show()

# %% [markdown]
# The image is noise and the network has learnt nothing, so the logits mean nothing yet: they are near 0.
#
# After the ten numbers comes `grad_fn`: the tensor remembers which operation made it. That memory is how the
# library will find gradients, and the third notebook follows it to its end.
#
# ## A class of your own
#
# A sequence is enough until something has to go two ways. To say yourself what happens, derive a class from
# `torch.nn.Module`: `__init__` makes the layers, `forward` uses them.


# %%
class Classifier(torch.nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.enter = torch.nn.Linear(inputs, hidden)
        self.relu = torch.nn.ReLU()
        self.leave = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        return self.leave(self.relu(self.enter(x)))


Classifier(64, 32, 10)

# %% [markdown]
# It is the network from above. Assigning a layer to an attribute registered it: the model knows its name, prints
# it, and will hand its weights to whoever trains it. (Layers kept in a plain Python list are *not* seen; that is
# what `torch.nn.ModuleList` is for.)
#
# Now something that no sequence can do. In a *residual* network a layer's output goes on through the ReLU and
# also around it:


# %%
class Shortcut(Classifier):
    def forward(self, x):
        h = self.enter(x)
        return self.leave(h + self.relu(h))


network = Shortcut(64, 32, 10)
network(images).shape

# %% [markdown]
# `h` is used twice, so when gradients come back they arrive at `h` along both ways and are added. You need not
# write anything for that.
#
# ## What a network is made of
#
# All that training will ever change are the *parameters*, and the model can list them:

# %%
for name, parameter in network.named_parameters():
    print(f"{name:13} {tuple(parameter.shape)!s:9} {parameter.numel():5}")

# %%
network.leave.bias

# %% [markdown]
# A layer's weights begin as random numbers between $-1/\sqrt{n}$ and $1/\sqrt{n}$, where $n$ is the number of its
# inputs, so that the output is neither very large nor very small however many inputs there are. Check it for the
# last layer, which has 32:

# %%
network.leave.weight.abs().max().item() <= 1 / 32**0.5

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 2.2), layout="constrained", sharex=True)
for place, name in zip(axes, ("enter", "leave"), strict=True):
    weight = getattr(network, name).weight
    bound = 1 / weight.shape[1] ** 0.5
    place.hist(weight.flatten().tolist(), bins=20)
    place.axvline(-bound, color="C1")
    place.axvline(bound, color="C1")
    place.set(title=f"{name}: {weight.shape[1]} inputs", xlabel="weight")
plt.show()

# %% [markdown]
# ## Replacing a part
#
# Suppose the digits no longer interest you, only whether they are even or odd. Put a new last layer in the place
# of the old one:

# %%
network.leave = torch.nn.Linear(32, 2)
network

# %% [markdown]
# The new layer keeps the old one's name and place. Its weights are fresh; those of `enter` are untouched, with
# all that they may have learnt. To keep the layers that know something and to replace the last one is the idea of
# *transfer learning*.
#
# You can also take a network apart. `children()` gives its layers in order, and they can be put into another
# network:

# %%
list(network.children())

# %%
features = torch.nn.Sequential(*list(network.children())[:-1])
features(images).shape, features[0] is network.enter

# %% [markdown]
# Two things to notice. The new network does not copy the layers, it shares them: train one and the other changes
# too. And it has the layers only, not the `forward` of the class they came from: the way around the ReLU is gone.
#
# ## The same lines with two libraries
#
# If a function receives the library as an argument, both can run it. With the same seed, do they build the same
# network?

# %%
import numpy as np

import minigrad


def build(library):
    library.manual_seed(0)
    model = library.nn.Sequential(
        library.nn.Linear(64, 32),
        library.nn.ReLU(),
        library.nn.Linear(32, 10),
    )
    return model, model(library.ones(1, 64))


ours, our_logits = build(minigrad)
theirs, their_logits = build(torch)
for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
    print(tuple(mine.shape), np.array_equal(mine.detach().numpy(), other.detach().numpy()))

# %%
far = np.abs(our_logits.detach().numpy() - their_logits.detach().numpy()).max()
bool(far < 1e-6)

# %% [markdown]
# The weights are equal to the last bit, because minigrad draws its random numbers exactly as PyTorch does. The
# outputs agree to within a millionth, and perhaps not to the last bit: each is a sum of many products, a computer
# rounds after every addition, and the two libraries add in a different order. That is all the difference there
# is, and the third notebook comes back to it. (If the first line of your notebook imports minigrad, you have just
# compared it with itself.)
#
# ## Try it
#
# 1. Add a second hidden layer to `Classifier`. How many parameters has it now? Work it out before you count.
# 2. Call `model(torch.rand(5, 63))`. Read the message: which two sizes do not fit, and why does it name 64?
# 3. Take `super().__init__()` out of `Classifier` and build one. What does the message tell you?
# 4. Do all three with the other library.
#
# <details>
# <summary>Answers</summary>
#
# 1. In `__init__` `self.middle = torch.nn.Linear(hidden, hidden)`, and in `forward`
#    `return self.leave(self.relu(self.middle(self.relu(self.enter(x)))))`. With 64, 32 and 10 it has
#    $64 \cdot 32 + 32 = 2080$, $32 \cdot 32 + 32 = 1056$ and $32 \cdot 10 + 10 = 330$ parameters, together 3466.
#    `sum(parameter.numel() for parameter in model.parameters())` counts them.
# 2. "mat1 and mat2 shapes cannot be multiplied (5x63 and 64x32)": five images of 63 numbers each meet a layer that
#    wants 64. That is the first layer; the others are not reached.
# 3. "cannot assign module before Module.\_\_init\_\_() call". The call makes the place where layers are registered.
# 4. The first sentence of every message is the same. minigrad adds one that says what to do.
#
# </details>
