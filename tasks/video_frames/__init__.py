"""Video frames."""
