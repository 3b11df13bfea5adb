# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Training, first by hand
#
# In this notebook a network learns to read handwritten digits. First you write everything yourself: what the
# model's answers mean, how wrong they are, and how the weights are to change. Then the library's own loss and
# optimiser take over, and you see that they do the same thing with fewer lines. On the way you see what a network
# without a ReLU cannot do, what the weights look like, and where the network is wrong.
#
# As in the first notebook, one line decides: `import torch`, or `import minigrad as torch`.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## The data
#
# Scikit-learn brings 1,797 images of 8×8 pixels, with brightness from 0 to 16. Here are the first ten:

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
# We divide by 16, so that the brightness goes from 0 to 1, and make tensors of the arrays.

# %%
x = torch.from_numpy(digits.data / 16)
y = torch.from_numpy(digits.target)
x_train, y_train = x[:1437], y[:1437]
x_test, y_test = x[1437:], y[1437:]
x_train.shape, y_train[:10]

# %% [markdown]
# The network learns from the first four fifths. The rest it does not see before it is examined on them.
#
# ## From logits to probabilities
#
# For each image the model gives ten logits $z_0 \ldots z_9$, any numbers at all. *Softmax* makes probabilities of
# them: positive, and 1 in sum.
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
left.set(title="logits", xlabel="class", xticks=range(3))
right.bar(range(3), softmax(example)[0].tolist(), color="C1")
right.set(title="probabilities", xlabel="class", xticks=range(3), ylim=(0, 1))
plt.show()

# %% [markdown]
# Each step of 1 in a logit makes its class $e \approx 2.7$ times as likely.
#
# How wrong is the model? As wrong as it is surprised by the right answer $y$: the *cross-entropy* is $-\log p_y$.
# That is 0 if the model was certain and right, and grows without limit the less it expected $y$:

# %%
p = torch.linspace(0.005, 1, 200)
plt.figure(figsize=(5, 2.5))
plt.plot(p, -torch.log(p))
plt.xlabel("probability of the right answer")
plt.ylabel("loss, −log p")
plt.ylim(bottom=0)
plt.show()

# %% [markdown]
# With the formula for $p$ from above,
#
# $$-\log p_y = \log \sum_j e^{z_j} - z_y,$$
#
# of which we take the mean over all images.


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
# A model that knows nothing gives each digit one chance in ten, and $-\log 0.1 = 2.30$. So that is where it
# begins.
#
# `.double()` is there because NumPy's numbers have 16 digits (`float64`) and a layer's weights by default 7
# (`float32`), and the two cannot be multiplied. Training would be content with 7, and `x.float()` is what one
# usually writes. We take 16 because we shall compare losses after many steps, and rounding must not show in them.
#
# ## Training by hand
#
# Gradient descent is five steps, over and over. Compute the answers; compute the loss; forget the gradients of
# last time; let `backward` find the new ones; and move every weight a little against its gradient, for the
# gradient points to where the loss grows.


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
        print(f"epoch {epoch}  loss {loss.item():.5f}  accuracy {accuracy(model):.3f}")

# %%
plt.figure(figsize=(5, 2.5))
plt.plot(by_hand)
plt.xlabel("epoch")
plt.ylabel("loss")
plt.ylim(bottom=0)
plt.show()

# %% [markdown]
# Two lines deserve a second look. `zero_grad` is needed because `backward` *adds* to the gradients that are
# there. And `no_grad` says that moving the weights is not part of the computation that we differentiate; without
# it the library refuses to change a parameter in place.
#
# ## A trap
#
# The formula is right, and yet the function has a flaw. Give it a confident model:

# %%
certain = torch.tensor([[1000.0, 0.0]])
cross_entropy(certain, torch.tensor([1])), torch.nn.CrossEntropyLoss()(certain, torch.tensor([1]))

# %% [markdown]
# $e^{1000}$ is more than a computer's number can hold, so it became infinite. The library's `CrossEntropyLoss`
# first subtracts the largest logit from all of them. That changes no probability, and no power is then larger
# than $e^0 = 1$. (For small logits both give the same; try it.)
#
# ## The library's loss and optimiser
#
# `CrossEntropyLoss` takes the place of our function, and an *optimiser* that of the loop over the parameters.
# `SGD` does what we did, $w \leftarrow w - \mathrm{lr} \cdot \mathrm{d}w$. Starting from the same seed, the
# losses have to be those from above.


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
            print(f"epoch {epoch}  loss {loss.item():.5f}  accuracy {accuracy(model):.3f}")
    return losses


torch.manual_seed(0)
model = make_model()
library = train(model, torch.optim.SGD(model.parameters(), lr=0.8), epochs=60)

# %% [markdown]
# They are. Now options cost one word each. With *momentum* the weights keep a part of their speed, and gain more
# of it where the gradient keeps its direction:

# %%
torch.manual_seed(0)
model = make_model()
momentum = train(model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9), epochs=60)

# %% [markdown]
# ## A residual network
#
# `train` does not care what the model is made of. Here is one in which the hidden layer reaches the output both
# through the ReLU and around it:


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
plt.plot(by_hand, label="by hand, lr 0.8")
plt.plot(library, ":", linewidth=4, label="the library's, lr 0.8")
plt.plot(momentum, "k--", label="with momentum, lr 0.2")
plt.plot(residual, "C4-.", label="residual, lr 0.2")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.ylim(bottom=0)
plt.legend()
plt.show()

# %% [markdown]
# The curve by hand and the library's lie on top of each other.
#
# ## What the weights look like
#
# Each of the 32 units of the first layer has 64 weights, one for each pixel. So its weights are an image, too: blue
# where ink makes the unit larger, red where it makes it smaller. Above, sixteen units before training; below, the
# same units after it.

# %%
figure, axes = plt.subplots(4, 8, figsize=(8, 4), layout="constrained")
for place, image in zip(axes.flat, [*before[:16], *model.enter.weight.detach()[:16]], strict=True):
    place.imshow(image.reshape(8, 8).numpy(), cmap="RdBu", vmin=-0.5, vmax=0.5)
    place.axis("off")
plt.show()

# %% [markdown]
# At the beginning they are noise. Afterwards neighbouring pixels go together: a unit looks for a stroke in one place
# and for none beside it. Nobody told the network that pixels have neighbours. And at the edges the noise has
# stayed, for there the images are almost always empty, and a weight whose input is 0 gets the gradient 0.
#
# ## Where it is wrong
#
# Which digits does it get wrong? Among the first hundred of the examination:

# %%
with torch.no_grad():
    p = softmax(model(x_test[:100]))
answers = p.argmax(dim=1)
wrong = [i for i in range(100) if answers[i] != y_test[i]]
for i in wrong:
    print(f"image {i}: {y_test[i].item()} read as {answers[i].item()}, which has p = {p[i].max().item():.2f}")

# %%
figure, axes = plt.subplots(2, 4, figsize=(8, 3.2), layout="constrained", height_ratios=[2, 1])
for column, i in zip(axes.T, wrong[:4], strict=True):
    column[0].imshow(x_test[i].reshape(8, 8).numpy(), cmap="gray_r")
    column[0].set_title(f"a {y_test[i].item()}, read as {answers[i].item()}", fontsize=10)
    column[0].axis("off")
    column[1].bar(range(10), p[i].tolist(), color=["C1" if k == y_test[i] else "C0" for k in range(10)])
    column[1].set(ylim=(0, 1), xticks=range(10))
    column[1].tick_params(labelsize=7)
axes[1, 0].set_ylabel("p")
plt.show()

# %% [markdown]
# The right answer's bar is orange. The ones that are read as nines look alike: a long flag and no foot, and on so few
# pixels the flag is as full as the loop of a nine. The model is quite sure of them. Of the eight it is not: there the
# right answer comes second, and the probabilities are spread over many classes.
#
# ## A boundary that one can see
#
# A digit is a point in a space of 64 dimensions, and the network draws boundaries in it. With two dimensions they can
# be seen. Here are two half moons, a class each, and two networks: one with a hidden layer and a ReLU, one with a
# single layer.

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
    print(f"loss {loss.item():.4f}, right {right} of {len(classes)}")

# %%
across, up = np.linspace(-1.7, 2.7, 120), np.linspace(-1.2, 1.7, 80)
grid = torch.from_numpy(np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2))

figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained", sharey=True)
for place, network, title in zip(axes, (linear, deep), ("one layer", "a hidden layer"), strict=True):
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
# On the black line both classes have $p = 0.5$. A single layer can only draw a straight line, and so can ten layers
# without a ReLU between them: a product of matrices is a matrix. The ReLU lets the line bend, once for each unit.
#
# ## Try it
#
# 1. Leave out `model.zero_grad()` in the loop by hand. The loss falls faster! Why? With which option of `SGD` would
#    you get nearly the same?
# 2. How large can `lr` be before the loss grows instead of falling?
# 3. In `make_model` write `.float()` in the place of `.double()`, and write it behind `from_numpy(digits.data / 16)`,
#    too. Run the notebook as far as the first loop with both libraries. In which epoch do the printed losses part, and
#    by how much?
# 4. Outside a notebook, `minigrad notebook 2_training.ipynb` runs all cells with both and says where they differ.
#
# <details>
# <summary>Answers</summary>
#
# 1. The gradients add up, so every step follows the sum of all gradients so far. That is momentum with nothing to
#    brake it; `momentum=0.9` keeps nine tenths of the sum and forgets the rest. Here it goes well. In notebook 0
#    the same makes a line swing to and fro for ever.
# 2. With 1.2 the loss still comes down, in jumps. With 1.6 it jumps up and down and hardly falls. From 2 on it first
#    grows and then stays at 2.303: nearly all units of the hidden layer are 0 for all images, so are their gradients,
#    and the model is back to one chance in ten.
# 3. On our machine in epoch 40, by 0.0001, and in epoch 60 by 0.002. Both are right: each rounds after 7 digits, in
#    its own order, and a large learning rate makes small differences grow.
# 4. It says that all that is printed is the same, and how far apart the numbers are that were not printed.
#
# </details>
