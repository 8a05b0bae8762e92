"""What to do, what it is worth, what could go wrong."""
