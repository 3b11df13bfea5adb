"""The same models and training in plain PyTorch, as a practitioner writes them. It never imports minigrad."""
