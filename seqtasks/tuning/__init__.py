"""A search of settings with the same effort for each cell."""
