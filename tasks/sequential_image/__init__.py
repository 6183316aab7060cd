"""The task sequential_image: task.py is to be read first."""
