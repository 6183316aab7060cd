"""The time loop: a cell, run over a sequence.

Attributes:
    IMPLEMENTATIONS: The ways to run a cell that may be asked for.
    PRECISIONS: What the recurrent layers may compute in, as Keras' dtype policies.
"""

IMPLEMENTATIONS = ("auto", "scan", "compiled", "projected", "keras")
PRECISIONS = ("float32", "mixed_bfloat16")
