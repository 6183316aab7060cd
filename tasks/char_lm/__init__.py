"""Char lm."""
