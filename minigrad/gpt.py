"""A small GPT that learns to write. torch_ref/gpt.py and minigrad/gpt.py differ in one line: the import.

A text becomes numbers, one for each character. Of every part of the text the model is asked which character comes
next; what it answers are scores, and the loss is cross-entropy, as for the tutorial's digits. To write, it draws a
character by its probabilities, appends it, and asks again.
"""

from collections.abc import Iterator

import minigrad as torch

nn, F = torch.nn, torch.nn.functional


class Attention(nn.Module):
    """Each position looks at itself and at those before it: softmax(Q·Kᵀ/√d)·V in every head."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, L, width) → (N, L, width)"""
        n, length, width = x.shape
        parts = self.qkv(x).view(n, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)  # each (N, heads, L, width/heads)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(z.transpose(1, 2).reshape(n, length, width))


class Block(nn.Module):
    """Attention, then two linear layers at each position; a norm before each, and a residual connection around it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, L, width) → (N, L, width)"""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """A vector for each character and each position, blocks, and a score for every character that may come next."""

    def __init__(
        self, characters: int, context: int = 32, width: int = 64, heads: int = 4, layers: int = 2
    ) -> None:
        super().__init__()
        self.context = context
        self.characters = nn.Embedding(characters, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, characters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, L) → (N, L, characters)"""
        x = self.characters(x) + self.positions(torch.arange(x.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def encode(text: str) -> tuple[torch.Tensor, str]:
    """Return the numbers of a text's characters, and all its characters in order: number i stands for the i-th."""
    characters = "".join(sorted(set(text)))
    number = {character: i for i, character in enumerate(characters)}
    return torch.tensor([number[character] for character in text]), characters


def batch(text: torch.Tensor, size: int, context: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `size` parts of a text, (size, context), and the character that follows each of their characters."""
    starts = torch.randint(len(text) - context, (size, 1))
    places = starts + torch.arange(context)
    return text[places], text[places + 1]


def step(model: GPT, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Do one training step. Return the loss before it."""
    scores = model(x)
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def fit(model: GPT, text: torch.Tensor, steps: int, lr: float = 3e-3, size: int = 32) -> Iterator[float]:
    """Train the model on parts of a text, drawn anew for every step. Yield the loss of each step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    model.train()
    for _ in range(steps):
        yield step(model, optimizer, *batch(text, size, model.context)).item()


@torch.no_grad()
def write(model: GPT, start: torch.Tensor, length: int) -> torch.Tensor:
    """Return a text, as numbers, that begins with `start` and goes on for so many characters."""
    model.eval()
    text = start[None]
    for _ in range(length):
        scores = model(text[:, -model.context :])[:, -1]
        text = torch.cat([text, torch.multinomial(F.softmax(scores, dim=-1), 1)], dim=1)
    return text[0]
