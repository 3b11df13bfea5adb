"""Programs that both libraries run: of every op, in a table (ops.py); and random ones (drawn.py)."""
