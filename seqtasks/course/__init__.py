"""A course in a terminal: ten exercises, each with a command and a checked answer."""
