"""The same models and training in plain PyTorch, as a practitioner would write them; no minigrad in sight."""
