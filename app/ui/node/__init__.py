"""The page Node: whether buyers reach this computer, what takes room, what is served, who is connected."""
