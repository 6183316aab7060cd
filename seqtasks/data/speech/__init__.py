"""Speech: words and sentences said, made by rule or read from files."""
