"""Gesture recognition."""
