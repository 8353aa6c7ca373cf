"""What is demanded of people, passwords and tokens, and how long things live and are kept."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from identity_server.config.environment import Group
from identity_server.config.values import Duration, FernetKeys, Strong, StrongSecrets, Words

KEY_EXAMPLE = "$(python -c 'import secrets; print(secrets.token_urlsafe(60))')"
FERNET_EXAMPLE = "$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')"
SIGN_WITH = ("ES256", "RS256", "EdDSA")


def algorithms(found: tuple[str, ...]) -> tuple[str, ...]:
    if not found or len(set(found)) < len(found) or not set(found) <= set(SIGN_WITH):
        raise ValueError(f"must name each once, and only {', '.join(SIGN_WITH)}; the first signs where nobody asks")
    return found


Algorithms = Annotated[Words, AfterValidator(algorithms)]


class SecuritySettings(Group):
    """Keys, passwords and the sign-in throttle. Unset keys are made once and kept in VAR_DIR; production must give them."""

    secret_key: Strong | None = Field(None, examples=[KEY_EXAMPLE])
    secret_key_fallbacks: StrongSecrets = Field((), examples=[KEY_EXAMPLE])
    encryption_keys: FernetKeys = Field((), examples=[FERNET_EXAMPLE])
    password_min_length: int = Field(12, ge=8, le=64, examples=["12"])
    password_max_length: int = Field(1024, ge=64, le=4096, examples=["1024"])
    password_min_score: int = Field(3, ge=0, le=4, examples=["3"])
    argon2_memory_kib: int = Field(19456, ge=8192, le=4194304, examples=["19456"])
    argon2_time: int = Field(2, ge=1, le=100, examples=["2"])
    argon2_parallelism: int = Field(1, ge=1, le=64, examples=["1"])
    sign_in_account_limit: int = Field(10, ge=1, le=100, examples=["10"])
    sign_in_address_limit: int = Field(100, ge=1, le=100000, examples=["100"])
    sign_in_window: Duration = Field(timedelta(minutes=15), ge=timedelta(seconds=1), examples=["15m"])
    sign_in_lock: Duration = Field(timedelta(minutes=15), ge=timedelta(seconds=1), examples=["15m"])
    api_rate_limit: str = Field("600/min", pattern=r"^[1-9]\d*/(sec|min|hour|day)$", examples=["600/min"])


class AccountSettings(Group):
    """Who may come, and how long their links live."""

    registration_open: bool = Field(default=True, examples=["true"])
    verify_email_lifetime: Duration = Field(timedelta(days=1), ge=timedelta(minutes=1), examples=["1d"])
    reset_password_lifetime: Duration = Field(timedelta(hours=1), ge=timedelta(minutes=1), examples=["1h"])
    invitation_lifetime: Duration = Field(timedelta(days=7), ge=timedelta(minutes=1), examples=["7d"])
    unverified_account_lifetime: Duration = Field(timedelta(days=7), ge=timedelta(minutes=1), examples=["7d"])
    admin_email: str = Field("admin@localhost", min_length=3, examples=["admin@example.com"])
    admin_password: SecretStr | None = Field(
        None, min_length=12, max_length=1024, examples=["a long sentence of yours"]
    )


class AccessSettings(Group):
    """How long before its end somebody is told that a role of hers is about to end, or a review due."""

    role_expiry_warning: Duration = Field(
        timedelta(days=3), ge=timedelta(minutes=1), le=timedelta(days=90), examples=["3d"]
    )


class TokenSettings(Group):
    """How long proof lasts."""

    access_token_lifetime: Duration = Field(
        timedelta(minutes=5), ge=timedelta(seconds=10), le=timedelta(days=1), examples=["5m"]
    )
    refresh_idle_lifetime: Duration = Field(timedelta(days=14), ge=timedelta(minutes=1), examples=["14d"])
    refresh_absolute_lifetime: Duration = Field(timedelta(days=90), ge=timedelta(minutes=1), examples=["90d"])
    refresh_grace: Duration = Field(timedelta(seconds=10), ge=timedelta(0), le=timedelta(minutes=1), examples=["10s"])
    jwks_cache: Duration = Field(timedelta(minutes=5), ge=timedelta(seconds=1), examples=["5m"])
    signing_algorithms: Algorithms = Field(("ES256",), examples=["ES256,RS256"])
    signing_key_lifetime: Duration = Field(timedelta(days=30), ge=timedelta(hours=1), examples=["30d"])
    session_retention: Duration = Field(timedelta(days=7), ge=timedelta(hours=1), examples=["7d"])


class EventSettings(Group):
    """How stubbornly events are delivered, and how long the traces of it are kept."""

    outbox_retention: Duration = Field(timedelta(days=7), ge=timedelta(hours=1), examples=["7d"])
    result_retention: Duration = Field(timedelta(days=7), ge=timedelta(hours=1), examples=["7d"])
    delivery_lease: Duration = Field(timedelta(seconds=60), ge=timedelta(seconds=1), examples=["60s"])
    delivery_max_attempts: int = Field(12, ge=1, le=100, examples=["12"])
    relay_batch: int = Field(200, ge=1, le=10000, examples=["200"])
