"""The audit log."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rheostat_server.models.errors import Model


class AuditEntry(Model):
    """One change that a person or a program made over the API."""

    id: int
    at: float
    who: str = Field(description="The name of the credential it was made with.")
    role: str
    address: str
    what: str = Field(description="As token.make, share.revoke, run.edit, command.refused.")
    subject: str = Field(description="The id of what it was done to; never a secret.")
    run: str | None
    before: Any = None
    after: Any = None


class AuditLog(Model):
    """Entries, newest first."""

    entries: list[AuditEntry]
