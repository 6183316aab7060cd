"""The task text_classification: task.py is to be read first."""
