"""Training in several processes, in plain PyTorch."""
