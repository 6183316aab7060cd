"""Sequential image."""
