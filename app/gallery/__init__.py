"""Galleries that are exported: reading their lists, fetching their photos."""
