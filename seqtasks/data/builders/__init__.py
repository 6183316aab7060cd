"""Data sets that TensorFlow Datasets lacks, one builder a folder."""
