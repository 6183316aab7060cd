"""How fast a cell trains: models measured in turns, each in its own process."""
