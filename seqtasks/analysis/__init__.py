"""What happens inside a cell: its numbers, step by step, and what it remembers."""
