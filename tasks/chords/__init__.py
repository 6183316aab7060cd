"""Chords."""
