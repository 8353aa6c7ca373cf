"""Runs web, worker and beat on one machine: starts them, shows what they say, restarts what dies, and leaves nothing behind."""
