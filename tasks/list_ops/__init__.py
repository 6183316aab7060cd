"""The task list_ops: task.py is to be read first."""
