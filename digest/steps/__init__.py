"""The story, one file a step: read, decide, write. Steps do not know each other."""
