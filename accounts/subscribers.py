"""What accounts does when it hears of others' facts."""
