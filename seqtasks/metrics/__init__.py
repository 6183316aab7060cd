"""Metrics and floors that the literature has and Keras lacks."""
