"""Series: made by rule or read from files, cut into windows, labelled."""
