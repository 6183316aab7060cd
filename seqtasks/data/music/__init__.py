"""Music: pieces as piano rolls, chords, what drummers and bands play."""
