"""Who somebody is: people, their addresses, their passwords, sign-up and recovery."""
