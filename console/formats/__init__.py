"""How the staff site writes moments: to the second, as in the log."""
