"""Metrics and baselines that the literature has and Keras lacks."""
