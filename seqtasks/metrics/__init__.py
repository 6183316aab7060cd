"""Metrics that several tasks share: confusion tables, means by group."""
