"""The catalogue's entries by kind; sidebyside/wrong.py lists them in their order."""
