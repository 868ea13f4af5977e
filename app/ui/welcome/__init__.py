"""The three steps of the first start: places, this computer, a library."""
