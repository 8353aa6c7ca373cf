"""A real password hash that costs nothing, so that tests do not wait for Argon2."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    iterations = 1
