"""Shows on the user's machine that a promise of the suite holds there."""
