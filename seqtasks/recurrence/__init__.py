"""The time loop."""
