"""What a request with an Idempotency-Key and the store that remembers its answer agree on. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from common.errors import Conflict


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  RFC 9110, section 15.3


class IdempotencyKeyReused(Conflict):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key has been used for another request"


class Store(Protocol):
    """The module that `IDEMPOTENCY_STORE` names."""

    def remember(
        self, *, caller: str, key: str, request_digest: str, run: Callable[[], Answer], at: datetime
    ) -> Answer:
        """The first answer to that key of that caller: what `run` gives now, or what it gave then.

        Key and change commit together, so an exception of `run` leaves neither. `IdempotencyKeyReused` where the
        key came with another request.

        An answer that is no success is given and not remembered: whoever was refused may mend it and try again. What
        `run` wrote with it (a refusal's mark in the audit trail) stays.
        """
