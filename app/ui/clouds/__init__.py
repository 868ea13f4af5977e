"""The window's pages of clouds: an account each, and the sheets that add one or order an export."""
