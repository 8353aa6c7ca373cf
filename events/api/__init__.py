"""The JSON face of events."""
