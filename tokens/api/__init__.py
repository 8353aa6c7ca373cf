"""The JSON face of tokens."""
