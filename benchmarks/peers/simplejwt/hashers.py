"""Argon2id with our parameters, so that a sign-in costs both servers the same hash."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import hashers


class SameArgon2(Argon2PasswordHasher):
    memory_cost = hashers.DEFAULT_MEMORY_KIB
    time_cost = hashers.DEFAULT_TIME
    parallelism = hashers.DEFAULT_PARALLELISM
