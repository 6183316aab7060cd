"""The task char_lm: task.py is to be read first."""
