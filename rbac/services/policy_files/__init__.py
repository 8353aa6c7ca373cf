"""The policy as a file, brought together with the one that is there: read out, planned, carried out."""
