"""Trainers: what learns from rows. `base.py` holds the interface, each other module one trainer."""
