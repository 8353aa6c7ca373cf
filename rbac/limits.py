"""What is too much, whichever door it comes by: the API, the admin or a policy file. Pure."""

LONGEST_EMERGENCY = 24 * 60  # minutes
MOST_ROLES_APART = 100  # in one separation of duty
