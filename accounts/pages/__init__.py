"""The HTML face of accounts."""
