"""The page History: what was done with each film, each with its receipt."""
