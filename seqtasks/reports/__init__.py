"""Results, read back: tables and comparisons."""
