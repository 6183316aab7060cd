"""Clips with sentences on them."""
