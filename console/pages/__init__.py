"""For people: what this server is, and where to go from here."""
