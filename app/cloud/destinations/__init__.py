"""One module or package a destination; they do not know each other."""
