# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. MNIST, and a longer training
#
# Seventy thousand handwritten digits of 28×28 pixels: on MNIST everybody's first network was trained. Here you send
# data and model to a device, train in small batches, examine the model on images that it has not seen, and meet a
# layer that behaves in one way while the model is trained and in another while it is used.
#
# As before, one line decides: `import torch`, or `import minigrad as torch`.

# %%
import torch
from matplotlib import pyplot as plt

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## The data
#
# `data.load` looks for MNIST where other libraries keep it, and at last asks OpenML for it, which takes a minute or
# two. Where there is none to be had, scikit-learn's small digits take its place, and everything below runs with them,
# only with other numbers.

# %%
from sidebyside import data

try:
    images = data.load("mnist")
except data.DataError as missing:
    print(missing)
    print("So these are scikit-learn's digits, not MNIST.")
    images = data.load("digits")

len(images.x_train), len(images.x_test), images.shape

# %%
figure, axes = plt.subplots(2, 10, figsize=(8, 1.8), layout="constrained")
for place, image in zip(axes.flat, images.x_train, strict=False):
    place.imshow(image.reshape(images.shape), cmap="gray_r")
    place.axis("off")
plt.show()

# %% [markdown]
# ## The device
#
# If there is a GPU, both the data and the model go to it, with `.to(device)`. All that is computed from them is then
# computed there. Two tensors on different devices cannot be added or multiplied: PyTorch says so at once.
#
# (`.double()` is here for the reason that the second notebook gives: thousands of steps would make differences in the
# seventh digit visible. Without it, both here and in the model, all goes faster, on a GPU many times faster.)

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
# ## A layer with two faces: train() and eval()
#
# The model is that of the second notebook, larger, and with one layer more. *Dropout* sets every number that passes
# to 0, with probability one half, by chance, and doubles the others. So no unit can rely on another, and the network
# learns by heart less easily.
#
# It does so in training only. When the network is used, chance has no business there: then dropout lets everything
# pass. Which of the two it is, you tell the model: `model.train()` and `model.eval()`.


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
    for place, title in zip(axes, ("train()", "train(), again", "eval()"), strict=True):
        model.train(title != "eval()")
        units = hidden(x_train[:1]).reshape(10, 10).cpu().numpy()
        place.imshow(units, cmap="viridis", vmin=0, vmax=0.7)
        place.set_title(title)
        place.axis("off")
plt.show()

# %% [markdown]
# These are the hundred units of the hidden layer, for the same image each time. Dark is 0. In training half of the
# units are dark that need not be, each time others; the rest shine twice as bright. Only with `eval()` does the same
# image give the same answer every time.
#
# ## Examining the model
#
# The model gives logits; softmax makes probabilities of them, and argmax takes the most probable class. The accuracy
# is the part of the answers that are right. `no_grad` saves what `backward` would need, for there will be none.


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
print(f"loss {loss:.2f}  accuracy {accuracy:.1%}")

# %% [markdown]
# Untrained, it guesses.
#
# ## Training in small batches
#
# So far each step looked at all the images. With sixty thousand it is better to look at a hundred and take a step,
# then at the next hundred: the gradient is less exact, but there are six hundred steps in an epoch instead of one.
# The order is shuffled every time. `model.train()` stands at the beginning of each epoch because `evaluate` ends the
# one before with `model.eval()`.

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
        f"epoch {epoch:2}  loss {train_loss:.3f}  accuracy {train_accuracy:.1%}"
        f"  on unseen images {test_loss:.3f} {test_accuracy:.1%}"
    )

# %%
epochs = range(1, len(history) + 1)
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained")
for i, (place, title) in enumerate(zip(axes, ("loss", "accuracy"), strict=True)):
    place.plot(epochs, [seen[i] for seen, _ in history], "o-", label="images it learns from")
    place.plot(epochs, [unseen[i] for _, unseen in history], "s--", label="unseen images")
    place.set(title=title, xlabel="epoch")
axes[0].legend()
plt.show()

# %% [markdown]
# The two curves part: the model knows the images it learns from better than others. That is *overfitting*. Dropout
# keeps the gap small; without it, see the exercises.
#
# What if one forgets `eval()`? Then dropout goes on switching units off, and the model does worse than it can:

# %%
model.train()
with torch.no_grad():
    answers = model(x_test).argmax(dim=1)
print(f"without eval(): {(answers == y_test).sum().item() / len(y_test):.0%}")

# %% [markdown]
# ## What the weights look like

# %%
weights = model[0].weight.detach().cpu()
figure, axes = plt.subplots(2, 8, figsize=(8, 2.1), layout="constrained")
for place, weight in zip(axes.flat, weights, strict=False):
    place.imshow(weight.reshape(images.shape).numpy(), cmap="RdBu", vmin=-0.3, vmax=0.3)
    place.axis("off")
plt.show()

# %% [markdown]
# Sixteen of the hundred units: blue where ink excites them, red where it holds them back. At the edges, where there
# is never any ink, nothing was learnt.
#
# ## Where it is wrong

# %%
p = predict(x_test).cpu()
truth = y_test.cpu()
answers = p.argmax(dim=1)
wrong = [i for i in range(len(truth)) if answers[i] != truth[i]]

figure, axes = plt.subplots(2, 5, figsize=(8, 3), layout="constrained", height_ratios=[2, 1], sharey="row")
for column, i in zip(axes.T, wrong[:5], strict=True):
    column[0].imshow(x_test[i].cpu().reshape(images.shape).numpy(), cmap="gray_r")
    column[0].set_title(f"a {truth[i].item()}, read as {answers[i].item()}", fontsize=10)
    column[0].axis("off")
    column[1].bar(range(10), p[i].tolist(), color=["C1" if k == truth[i] else "C0" for k in range(10)])
    column[1].set(ylim=(0, 1), xticks=range(10))
    column[1].tick_params(labelsize=7)
axes[1, 0].set_ylabel("p")
plt.show()

# %% [markdown]
# These are its first five mistakes among the unseen images; the bar of the right answer is orange. Mostly the right
# answer comes second. Where it does not, the model can be quite sure all the same: that it is sure does not mean that
# it is right.
#
# Which digits does it mix up? In every row are the images of one digit, in every column those of one answer; the
# right ones, on the diagonal, are left out.

# %%
counts = torch.zeros(10, 10)
for i in wrong:
    counts[truth[i], answers[i]] += 1

plt.figure(figsize=(4, 3.2))
plt.imshow(counts.numpy(), cmap="Blues")
plt.colorbar(label="images")
plt.xticks(range(10))
plt.yticks(range(10))
plt.xlabel("answer")
plt.ylabel("digit")
plt.show()

# %% [markdown]
# ## Try it
#
# 1. Leave out the dropout and train again. How do the two curves change?
# 2. Write `len(x_train)` in the place of 100 in `split`: one step for each epoch. How far do eight epochs get you?
# 3. Do `evaluate` and `CrossEntropyLoss` agree? Compute the loss of the test images both ways, and once with a model
#    in `train()`.
#
# <details>
# <summary>Answers</summary>
#
# 1. It learns faster, and the gap grows: after eight epochs we saw 99.2% on the images it learns from and 97.7% on
#    unseen ones. For so small a network and so many images dropout costs more than it brings; for large networks and
#    few images it can be the other way round.
# 2. To some 56%. A step on all images is a better step, but eight good steps are no match for 4,800 rough ones.
# 3. They agree: softmax, logarithm and mean are what `CrossEntropyLoss` does, in one. In `train()` the loss is larger,
#    because half of the units are missing, and it is another one every time.
#
# </details>
