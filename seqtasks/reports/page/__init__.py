"""A folder of results as one HTML file that needs no network."""
