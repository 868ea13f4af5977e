"""The window. Everything Qt lives here; nothing below knows of it."""
