"""The window. Everything Qt lives here; nothing below knows of it."""

from app.ui.lasting import make_lasting

make_lasting()
