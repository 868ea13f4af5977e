"""Tests of Reelkey. A package by name: ascmhl installs one called `tests` too, and ours goes first."""
