"""What rbac does when it hears of others' facts."""
