"""The tasks: each a file or a folder with the name of its function. See README.md."""
