"""What runs by the clock: the one place. `bootstrap` installs it where staff can edit it. Pure.

Each task does a bounded batch and is safe to run twice; nothing that security rests on waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """`every` counts seconds. A run that still waits when the next is due is dropped, so that none pile up."""

    task: str
    every: int
    queue: str = "maintenance"
    kwargs: Mapping[str, object] = field(default_factory=dict)
    description: str

    @property
    def expires(self) -> int:
        return self.every


SCHEDULE: dict[str, Periodic] = {
    "Relay events": Periodic(task="events.relay", every=10, description="Hands events to their subscribers."),
    "Sweep deliveries": Periodic(
        task="events.sweep_deliveries",
        every=10,
        description="Sends again what is due: retries, and what a dead worker had taken.",
    ),
    "Purge delivered events": Periodic(
        task="events.purge", every=HOUR, description="Forgets the traces of deliveries after OUTBOX_RETENTION."
    ),
    "Purge ended sessions": Periodic(
        task="tokens.purge_sessions", every=HOUR, description="Forgets ended sessions after SESSION_RETENTION."
    ),
    "Purge secrets": Periodic(
        task="tokens.purge_secrets",
        every=DAY,
        description="Forgets dead secrets of machines and API keys after SESSION_RETENTION.",
    ),
    "Purge revocations": Periodic(
        task="tokens.purge_revocations",
        every=HOUR,
        description="Forgets revocations once all they concern has expired.",
    ),
    "Tend signing keys": Periodic(
        task="tokens.keys_tend", every=5 * MINUTE, description="Publishes, activates and retires signing keys in time."
    ),
    "Purge links and counters": Periodic(
        task="accounts.purge_links_and_counters", every=HOUR, description="Forgets dead links and counted tries."
    ),
    "Purge unverified accounts": Periodic(
        task="accounts.purge_unverified",
        every=DAY,
        description="Removes accounts whose address was not confirmed within UNVERIFIED_ACCOUNT_LIFETIME.",
    ),
    "Lapse requests": Periodic(
        task="rbac.lapse_requests",
        every=5 * MINUTE,
        description="Writes down which requests for roles nobody decided in time.",
    ),
    "Warn of expiry": Periodic(
        task="rbac.warn_of_expiry",
        every=5 * MINUTE,
        description="Tells people ROLE_EXPIRY_WARNING before a role of theirs ends.",
    ),
    "Tend reviews": Periodic(
        task="rbac.tend_reviews",
        every=5 * MINUTE,
        description="Reminds reviewers of what is due, and closes access reviews in time.",
    ),
    "Purge task results": Periodic(
        task="maintenance.purge_results",
        every=DAY,
        description="Forgets task results after RESULT_RETENTION, and expired sessions of the admin site.",
    ),
}
