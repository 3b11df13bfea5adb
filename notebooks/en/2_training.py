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
# optimiser take over, and you see that they do the same thing with fewer lines. At the end a residual network is
# trained the same way.
#
# As in the first notebook, one line decides: `import torch`, or `import minigrad as torch`.

# %%
import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# %% [markdown]
# The second call asks for numbers with about 16 digits; by default there are 7. Training does not need them. But
# two libraries that add in different orders round differently, over many steps it shows in the late digits, and
# here you should be able to compare all that is printed.
#
# ## The data
#
# Scikit-learn brings 1,797 images of 8×8 pixels, with brightness from 0 to 16. Here is the first one:

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


softmax(torch.tensor([[0.0, 1.0, 2.0]]))

# %% [markdown]
# Each step of 1 in a logit makes its class $e \approx 2.7$ times as likely.
#
# How wrong is the model? As wrong as it is surprised by the right answer $y$: the *cross-entropy* is $-\log p_y$.
# That is 0 if the model was certain and right, and grows without limit the less it expected $y$. With the formula
# above,
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
    )


model = make_model()
cross_entropy(model(x_train), y_train)

# %% [markdown]
# A model that knows nothing gives each digit one chance in ten, and $-\log 0.1 = 2.30$. So that is where it
# begins.
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
# They are. Now options cost one word each. With *momentum* the weights keep a part of their speed, and gain more
# of it where the gradient keeps its direction:

# %%
torch.manual_seed(0)
model = make_model()
train(model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9), epochs=60)

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
model = Residual()
train(model, torch.optim.SGD(model.parameters(), lr=0.2), epochs=60)

# %% [markdown]
# And which digits does it get wrong? Among the first hundred of the examination:

# %%
with torch.no_grad():
    answers = model(x_test[:100]).argmax(dim=1)
for i, (answer, truth) in enumerate(zip(answers.tolist(), y_test[:100].tolist(), strict=True)):
    if answer != truth:
        print(f"image {i}: {truth} read as {answer}")

# %% [markdown]
# ## Try it
#
# 1. Leave out `model.zero_grad()` in the loop by hand. What happens to the loss, and why not at once?
# 2. How large can `lr` be before the loss grows instead of falling?
# 3. Remove `torch.set_default_dtype` and run the notebook with both libraries. In which epoch do the printed
#    losses part, and by how much?
# 4. Outside a notebook, `minigrad notebook 2_training.ipynb` runs all cells with both and says where they differ.
