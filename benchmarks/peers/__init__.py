"""What others would run in our place, kept as small as it is honest."""
