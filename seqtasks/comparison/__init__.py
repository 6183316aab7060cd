"""Cells against each other, over seeds and tasks."""
