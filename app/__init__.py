"""Reelkey: film masters handed over sealed."""

__version__ = "0.1.0"
