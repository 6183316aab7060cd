"""Cells that keep their contract, and one that breaks it in each way."""
