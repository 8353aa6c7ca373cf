"""What staff can do to the machinery."""
