"""The page Settings: built from the table of settings, saved at once."""
