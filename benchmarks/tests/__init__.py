"""What the benchmark makes of what it sees; nothing here starts a server."""
