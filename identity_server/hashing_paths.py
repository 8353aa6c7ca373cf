"""The requests in which a password is hashed: what a proxy gives to the process that does nothing else."""

# All with POST. What asks for a new password field joins them, or guesses at it take the web processes from everybody.
HASHING_PATHS = (
    "/api/v1/token/",
    "/api/v1/accounts/register/",
    "/api/v1/accounts/password/reset/confirm/",
    "/api/v1/accounts/invitations/accept/",
    "/api/v1/me/password/",
    "/api/v1/users/",
    "/admin/login/",
    "/admin/password_change/",
)
