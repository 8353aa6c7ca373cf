"""Staff's work in a real browser, on a real server. `make e2e` runs it."""
