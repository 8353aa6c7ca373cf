"""The JSON face of accounts."""
