"""What we know of feeds and of articles as they come in."""
