"""The data set etth1."""
