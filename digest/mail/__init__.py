"""What we know of email."""
