"""One run: from a task and a cell to a result."""
