"""Reelkey: film masters handed over sealed."""

__version__ = "0.1.0"

# What a frozen program, which has no `-m`, starts itself with as a child: the module to run follows.
CHILD_FLAG = "--child"
