"""The time loop: a cell, run over a sequence."""
