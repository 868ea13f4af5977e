"""Poster frames: one picture a film, taken in a child process, kept on the disk, ready for the list."""

from app.ui.posters.posters import Posters
from app.ui.posters.shelf import poster_folder

__all__ = ["Posters", "poster_folder"]
