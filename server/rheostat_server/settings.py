"""The server's settings: constructor arguments first, then ``RHEOSTAT_*`` of the environment."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rheostat.agent.discover import data_dir

Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything that can be set. docs/server.md has the table for users."""

    model_config = SettingsConfigDict(
        env_prefix="RHEOSTAT_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=7436, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        default_factory=data_dir, description="Folder for the store, the tokens and `server.json`."
    )
    database_url: str = Field(
        default="", description="PostgreSQL to store in, as `postgresql://USER@HOST/DATABASE`."
    )
    bus_url: str = Field(
        default="", description="NATS between several servers on one PostgreSQL, as `nats://HOST:4222`."
    )
    allowed_hosts: Names = Field(
        default=(), description="More names that may stand in a request's `Host`, separated by commas."
    )
    allowed_origins: Names = Field(
        default=(), description="More origins whose pages may use the API, separated by commas."
    )
    tls_cert: Path | None = Field(
        default=None, description="Certificate chain (PEM) to serve https with; needs `RHEOSTAT_TLS_KEY`."
    )
    tls_key: Path | None = Field(default=None, description="Its private key (PEM).")
    trusted_proxies: Names = Field(
        default=(),
        description="Addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` count.",
    )
    connections_per_token: int = Field(
        default=20, ge=1, description="Sockets one token may hold open; not for the two in files."
    )
    agent_messages_per_s: float = Field(
        default=100.0, gt=0, description="Messages a second read from one job; faster ones wait."
    )
    alerts: bool = Field(default=True, description="Whether runs are watched for alerts.")
    alert_spike_sigma: float = Field(
        default=8.0, gt=0, description="A loss so many sigma above its median is a spike."
    )
    alert_stall_s: float = Field(
        default=300.0, gt=0, description="Connected and without a step this long, a run has stalled."
    )
    alert_silent_s: float = Field(default=60.0, gt=0, description="Unheard this long, a run raises an alert.")
    webhooks: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="URLs that alerts are posted to, separated by commas; http only with the next.",
    )
    webhooks_private: bool = Field(
        default=False, description="Whether webhooks may lead to private addresses."
    )
    root_path: str = Field(default="", description="Path prefix under which a proxy serves the dashboard.")
    silent_after_s: float = Field(default=10.0, gt=0, description="Unheard this long, a run is silent.")
    crash_after_s: float = Field(
        default=60.0, gt=0, description="Disconnected and unheard this long, a run counts as crashed."
    )
    keep_archived_days: float = Field(
        default=0.0, ge=0, description="Archived runs are deleted after so many days; 0 keeps them."
    )
    code_minutes: float = Field(default=10.0, gt=0, description="How long a one-time link stays valid.")
    session_days: float = Field(default=30.0, gt=0, description="How long a browser stays signed in.")
    log_level: Literal["critical", "error", "warning", "info", "debug"] = Field(
        default="warning", description="How much the server writes to the terminal."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="`json` writes the log as a JSON object a line."
    )

    @field_validator("allowed_hosts", "allowed_origins", "trusted_proxies", "webhooks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("root_path")
    @classmethod
    def _clean_prefix(cls, value: str) -> str:
        prefix = value.rstrip("/")
        if prefix and not prefix.startswith("/"):
            raise ValueError("must start with a slash, as in /rheostat")
        return prefix

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            # A name would be compared with an address and never match; `*` would trust everyone.
            ipaddress.ip_network(part, strict=False)
        return value

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("RHEOSTAT_TLS_CERT and RHEOSTAT_TLS_KEY (--tls-cert, --tls-key) go together")
        for url in self.webhooks:
            _check_webhook(url.get_secret_value(), self.webhooks_private)
        return self

    @field_validator("data_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _check_webhook(url: str, private: bool) -> None:
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    else:
        # In the clear a message could be read, and a secret in the address too.
        good = good and (parts.scheme == "https" or (parts.scheme == "http" and private))
    if not good:
        # The address may be a secret, so it is not repeated.
        raise ValueError(
            "RHEOSTAT_WEBHOOKS holds an address that cannot be used: expected https://HOST/PATH, "
            "or http:// with RHEOSTAT_WEBHOOKS_PRIVATE=true"
        )
