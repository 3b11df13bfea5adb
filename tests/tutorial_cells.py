# ruff: noqa: B018
# What a first PyTorch tutorial on neural networks makes use of, cell by cell, on made-up data; written for a GPU.
# test_notebooks.py runs these cells under both engines.

# %%
import numpy as np
import torch

# %%
inputs, hidden, classes = 784, 100, 10
model = torch.nn.Sequential(
    torch.nn.Linear(inputs, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, classes),
)

# %%
scores = model(torch.randn(600, 784))
scores.shape

# %%
print(scores[0][:])
print(scores[0], str(scores[0]) == repr(scores[0]))

# %%
scores.shape == (600, 10), isinstance(scores.shape, tuple), scores.shape[:1], len(scores)

# %%
model

# %%
before = list(model.parameters())
same_model = model.to("cuda")
same_model is model, all(p is q for p, q in zip(before, model.parameters(), strict=True))

# %%
model.to("cuda")

# %%
torch.cuda.is_available()

# %%
made = np.random.default_rng(0)
pixels = made.integers(0, 256, (1200, 784)) * (made.random((1200, 784)) < 0.1) / 255.0
truth = np.array([str(label) for label in made.integers(0, 10, 1200)], dtype=object).astype(np.int32)
X = torch.from_numpy(pixels[:1000]).float().cuda()
Y = torch.from_numpy(truth[:1000]).long().cuda()
X.shape, Y.shape, Y.dtype, Y[:20]


# %%
def softmax(x):
    return torch.exp(x) / torch.exp(x).sum(axis=-1, keepdims=True)


def cross_entropy(output, target):
    picked = output[torch.arange(len(output)), target]
    loss = -picked + torch.log(torch.sum(torch.exp(output), axis=-1))
    return loss.mean()


cross_entropy(model(X), Y)

# %%
softmax(torch.tensor([[1000.0, 0.0], [0.0, -1000.0]])), torch.log(torch.sum(torch.exp(torch.tensor([-1e4]))))

# %%
[p.grad for p in model.parameters()]

# %%
losses = []
for epoch in range(1, 21):
    loss = cross_entropy(model(X), Y)
    losses.append(loss.item())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= 0.8 * param.grad
    if not epoch % 10:
        print(f"Epoch {epoch}/20 Loss {np.mean(losses):.5f}")

# %%
[
    (type(p).__name__, p.is_leaf, p.requires_grad, p.grad.shape, p.grad.requires_grad)
    for p in model.parameters()
]


# %%
def evaluate(x):
    model.eval()
    return torch.argmax(softmax(model(x)), axis=1)


answers = evaluate(torch.from_numpy(pixels[1000:]).float().cuda()).cpu().numpy()
print(answers.dtype, (answers == truth[1000:]).mean(), model.training, model[0].training)

# %%
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.8)
criterion


# %%
def fit(model, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    model.train()
    for epoch in range(1, 21):
        loss = criterion(model(X), Y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if not epoch % 10:
            print(f"Epoch {epoch}/20 Loss {np.mean(losses):.5f}")


model = torch.nn.Sequential(
    torch.nn.Linear(inputs, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, classes),
).to("cuda")

# %%
fit(model, 0.8)

# %%
criterion(model(X), Y)


# %%
class Plain(torch.nn.Module):
    def __init__(self, inputs, hidden, classes):
        super(Plain, self).__init__()  # noqa: UP008 as the tutorial has it
        self.fc1 = torch.nn.Linear(inputs, hidden)
        self.relu = torch.nn.ReLU()
        self.fc2 = torch.nn.Linear(hidden, classes)

    def forward(self, x):
        return self.fc2(self.relu(self.fc1(x)))


model = Plain(784, 100, 10)
sample = torch.randn(500, 784)
print(sample)
model(sample).shape

# %%
model.to("cuda")
model.fc2.bias.device

# %%
fit(model, 0.8)


# %%
class Around(Plain):
    def forward(self, x):
        x1 = self.fc1(x)
        x = self.relu(x1)
        return self.fc2(x + x1)


model = Around(784, 100, 10).to("cuda")
untrained = model.fc1.weight
print(untrained)

# %%
fit(model, 0.2)

# %%
model

# %%
model.fc1

# %%
Around(784, 100, 10).fc1.weight

# %%
Around(784, 100, 10).fc1.bias

# %%
model.fc2 = torch.nn.Linear(100, 1)
model

# %%
list(model.children())

# %%
torch.nn.Sequential(*list(model.children())[:-2])

# %%
torch.nn.ModuleList(list(model.children())[:-1])

# %%
torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2), torch.nn.ReLU()])
