"""Recordings and their spectra, forth and back."""
