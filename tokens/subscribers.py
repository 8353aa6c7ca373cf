"""What tokens does when it hears of others' facts."""
