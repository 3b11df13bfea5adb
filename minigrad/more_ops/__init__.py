"""Ops of fewer programs, in the form of minigrad/ops.py: forward and rules on one screen.

places.py moves elements and adds them up; functions.py has functions of one and two numbers, and running.py
products of the elements so far.
"""
