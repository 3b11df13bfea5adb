"""Everything that knows both: minigrad and PyTorch next to each other, and whether they are the same."""
