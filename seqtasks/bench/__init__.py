"""How fast a cell trains: contenders measured side by side, each in its own process."""
