"""Who asks, as frameworks want to hold her: a user without a row."""

from dataclasses import dataclass

from identity_client.claims import Claims


@dataclass(frozen=True)
class Principal:
    """Stands for a person or a service account of the identity server. `pk` is her id there."""

    claims: Claims

    @property
    def pk(self) -> str:
        return self.claims.subject

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    @property
    def is_active(self) -> bool:
        return True

    def has_scope(self, name: str) -> bool:
        return self.claims.has_scope(name)

    def has_role(self, name: str) -> bool:
        return self.claims.has_role(name)

    def __str__(self) -> str:
        return self.pk
