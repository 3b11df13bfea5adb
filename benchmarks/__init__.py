"""Figures that the README quotes, and the commands that measured them."""
