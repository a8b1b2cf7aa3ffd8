"""Who wakes delivery, and who may deliver."""
