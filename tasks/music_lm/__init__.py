"""Music lm."""
