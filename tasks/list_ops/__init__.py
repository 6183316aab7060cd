"""List ops."""
