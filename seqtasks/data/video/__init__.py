"""Clips: frames of videos or drawn by rule, and what encodes a frame."""
