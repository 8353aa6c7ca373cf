"""Where and how this server answers."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from identity_server.config.environment import PROJECT, Group
from identity_server.config.values import Address, AddressOrOff, Duration, Hosts, Networks, Origin


class ServerSettings(Group):
    """The address, the processes, the log and what strangers may see of it."""

    debug: bool = Field(default=False, examples=["false"])
    public_url: Origin | None = Field(None, examples=["https://id.example.com"])
    product_name: str = Field("Identity Server", min_length=1, max_length=60, examples=["Example ID"])
    allowed_hosts: Hosts = Field((), examples=["id.example.com"])
    trusted_proxies: Networks = Field((), examples=["10.0.0.0/8"])
    bind: Address = Field("127.0.0.1:8000", examples=["127.0.0.1:8000"])
    var_dir: Path = Field(PROJECT / "var", examples=["./var"])
    static_root: Path | None = Field(None, examples=["/app/static"])
    web_workers: int = Field(1, ge=1, le=256, examples=["4"])
    sign_in_bind: AddressOrOff | None = Field(None, examples=["127.0.0.1:8001"])
    hashing_slots: int | None = Field(None, ge=1, le=1024, examples=["2"])
    hashing_queue: int = Field(4, ge=0, le=1000, examples=["4"])
    hashing_wait: Duration = Field(timedelta(seconds=2), ge=timedelta(0), le=timedelta(seconds=20), examples=["2s"])
    worker_concurrency: int = Field(2, ge=1, le=256, examples=["2"])
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", examples=["INFO"])
    log_format: Literal["auto", "json", "console"] = Field("auto", examples=["json"])
    metrics_token: SecretStr | None = Field(None, min_length=16, examples=["$(openssl rand -hex 24)"])
    metrics_allowed: Networks = Field(("127.0.0.0/8", "::1/128"), examples=["127.0.0.0/8, ::1/128"])
    body_limit: int = Field(1024 * 1024, ge=1024, le=64 * 1024 * 1024, examples=["1048576"])
    json_depth_limit: int = Field(32, ge=4, le=200, examples=["32"])
