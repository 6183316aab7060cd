"""Numbers held against what they should be: published values, recomputed baselines."""
