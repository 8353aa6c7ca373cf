"""The services that this server leans on. None of them has to be given: unset, each has a stand-in on this machine."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from identity_server.config.environment import Group
from identity_server.config.values import Duration, url_with

DatabaseUrl = Annotated[SecretStr, url_with("postgresql", "postgres")]
RedisUrl = Annotated[SecretStr, url_with("redis", "rediss", "unix")]
BrokerUrl = Annotated[SecretStr, url_with("amqp", "amqps")]
MailUrl = Annotated[SecretStr, url_with("smtp", "smtps", "smtp+tls")]


class DatabaseSettings(Group):
    """PostgreSQL; unset, SQLite in VAR_DIR. Giving it makes this a production server, with all that must then be given."""

    database_url: DatabaseUrl | None = Field(None, examples=["postgresql://identity:secret@db:5432/identity"])
    database_pool_min: int = Field(1, ge=0, le=1000, examples=["1"])
    database_pool_max: int = Field(10, ge=1, le=1000, examples=["10"])
    database_pool_timeout: Duration = Field(timedelta(seconds=2), ge=timedelta(milliseconds=100), examples=["2s"])
    database_connect_timeout: Duration = Field(timedelta(seconds=5), ge=timedelta(seconds=1), examples=["5s"])
    database_lock_timeout: Duration = Field(timedelta(seconds=5), ge=timedelta(0), examples=["5s"])
    database_statement_timeout: Duration = Field(timedelta(seconds=30), ge=timedelta(0), examples=["30s"])


class CacheSettings(Group):
    """Redis, shared by all nodes; unset, each process remembers for itself, and nothing that security rests on."""

    redis_url: RedisUrl | None = Field(None, examples=["redis://redis:6379/0"])
    redis_timeout: Duration = Field(timedelta(milliseconds=300), gt=timedelta(0), examples=["300ms"])


class BrokerSettings(Group):
    """RabbitMQ; unset, folders in VAR_DIR, which serve one machine."""

    broker_url: BrokerUrl | None = Field(None, examples=["amqp://identity:secret@rabbitmq:5672/identity"])
    broker_timeout: Duration = Field(timedelta(seconds=5), ge=timedelta(seconds=1), examples=["5s"])
    broker_delivery_limit: int = Field(3, ge=1, le=100, examples=["3"])


class MailSettings(Group):
    """SMTP; unset, mails are written to VAR_DIR/mail, one .eml each."""

    email_url: MailUrl | None = Field(None, examples=["smtp+tls://identity:secret@mail.example.com:587"])
    email_from: str = Field("identity@localhost", min_length=3, examples=["Identity <identity@example.com>"])
    email_timeout: Duration = Field(timedelta(seconds=10), ge=timedelta(seconds=1), examples=["10s"])
