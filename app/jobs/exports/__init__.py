"""Exports: accounts, what is sent, the story of one export, and running them."""
