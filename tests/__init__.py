"""Tests of Reelkey. A package by name: one that ascmhl installs is called `tests` too, and ours goes first."""
