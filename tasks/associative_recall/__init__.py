"""The task associative_recall: task.py is to be read first."""
