"""The policy as a file: read strictly, compared with what is there, written back. Pure."""
