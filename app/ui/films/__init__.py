"""The Films page: where each film is, who can open it, what happens next, how long it takes."""
