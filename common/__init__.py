"""What every app may lean on: actors, errors, the permission vocabulary, secrets, throttling, HTTP conventions. No models."""
