"""What can be asked of a server: a method for each thing that the page can do."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from rheostat.client.connection import Connection, Json
from rheostat.client.reach import ClientError

__all__ = ["Client"]

_PIECE = 700_000
# What a command still may become; after any other state nothing more happens to it.
_OPEN = ("requested", "accepted", "scheduled")


class Client(Connection):
    """A server's runs, commands, schedules, alerts, links and tokens."""

    def runs(self, *, archived: bool = False) -> list[Json]:
        """All runs that are not archived (or all that are), the one started last first."""
        found: list[Json] = self._get("/api/runs", archived=archived)["runs"]
        return found

    def run(self, run: str) -> Json:
        """All about one run but its series and commands."""
        return self._get(_run(run))

    def series(
        self,
        run: str,
        metrics: Iterable[str],
        *,
        first: int | None = None,
        last: int | None = None,
        width: int = 1000,
        smooth: float = 0.0,
    ) -> Json:
        """Series by name over the steps [first, last): each of ``width`` columns' least and greatest.

        ``smooth`` is the weight of an exponential mean, 0 to 0.99, of all points before they are thinned.
        """
        asked = {"metric": list(metrics), "from": first, "to": last, "width": width, "smooth": smooth}
        found: Json = self._get(f"{_run(run)}/series", **asked)["series"]
        return found

    def compare(
        self,
        runs: Iterable[str],
        metrics: Iterable[str],
        *,
        axis: str = "step",
        first: int | None = None,
        last: int | None = None,
        width: int = 1000,
        smooth: float = 0.0,
    ) -> list[Json]:
        """Series of several runs over the steps [first, last) on one axis.

        That is "step", "time" in seconds from each run's first, "wall" in Unix seconds, or a metric that was
        logged, such as "tokens". ``smooth`` is the weight of the mean, 0 to 0.99.
        """
        asked = {"run": list(runs), "metric": list(metrics), "axis": axis, "width": width, "smooth": smooth}
        asked |= {"from": first, "to": last}
        found: list[Json] = self._get("/api/compare", **asked)["runs"]
        return found

    def edit(self, run: str, **changes: Any) -> Json:
        """Change ``name``, ``notes``, ``tags`` or ``archived``."""
        return self._send("PATCH", _run(run), changes)

    def delete(self, run: str) -> None:
        """Delete an archived run for good, with its steps and its commands."""
        self._delete(_run(run))

    def plan(
        self,
        run: str,
        group: str | None = None,
        *,
        first: int | None = None,
        last: int | None = None,
        width: int = 1000,
    ) -> Json:
        """The plan of one group (the first) over the steps [first, last), from 0 to its end by default."""
        return self._get(f"{_run(run)}/plan", **{"group": group, "from": first, "to": last, "width": width})

    def commands(self, run: str) -> list[Json]:
        """Every command of the run, oldest first, each with its whole life."""
        found: list[Json] = self._get(f"{_run(run)}/commands")["commands"]
        return found

    def command(self, run: str, kind: str, **fields: Any) -> Json:
        """Ask the job to change the lr: fields as in the API, as ``factor=0.5, for_steps=200``."""
        body = {"id": secrets.token_urlsafe(12), "kind": kind, **fields}
        return self._send("POST", f"{_run(run)}/commands", body)

    def foresee(self, run: str, kind: str, **fields: Any) -> Json:
        """What a command would do, without asking for it."""
        return self._send("POST", f"{_run(run)}/commands/preview", {"kind": kind, **fields})

    def outcome(self, run: str, command: Json, timeout: float) -> Json:
        """The record of a command once the job has applied or refused it, or after ``timeout`` seconds."""
        for message in self.live(run, timeout=timeout):
            record = message.get("command")
            if record and record["id"] == command["id"] and record["state"] not in _OPEN:
                return dict(record)
        return command

    def annotations(self, run: str) -> list[Json]:
        """What people wrote at steps of the run."""
        found: list[Json] = self._get(f"{_run(run)}/annotations")["annotations"]
        return found

    def annotate(self, run: str, text: str, step: int | None = None) -> Json:
        """Write at a step of the run, at the one it stands at by default."""
        return self._send("POST", f"{_run(run)}/annotations", {"text": text, "step": step})

    def edit_annotation(self, run: str, annotation: int, **changes: Any) -> Json:
        """Change the ``text`` or the ``step`` of an annotation."""
        return self._send("PATCH", f"{_run(run)}/annotations/{annotation}", changes)

    def delete_annotation(self, run: str, annotation: int) -> None:
        """Delete an annotation."""
        self._delete(f"{_run(run)}/annotations/{annotation}")

    def alerts(self, run: str | None = None, *, only_open: bool = False) -> list[Json]:
        """Alerts of all runs or of one, newest first; ``only_open``: those not cleared."""
        path = "/api/alerts" if run is None else f"{_run(run)}/alerts"
        found: list[Json] = self._get(path, open=only_open)["alerts"]
        return found

    def mark_alert(self, run: str, alert: int, state: str) -> Json:
        """Say that an alert was seen ("acknowledged") or dealt with ("cleared")."""
        return self._send("PATCH", f"{_run(run)}/alerts/{alert}", {"state": state})

    def test_webhooks(self) -> list[Json]:
        """Have a test message sent to every webhook; what became of each."""
        found: list[Json] = self._send("POST", "/api/alerts/test", {})["results"]
        return found

    def schedule(self, run: str) -> Json:
        """The run's lr as it really was, as a schedule."""
        return self._get(f"{_run(run)}/schedule")

    def export(self, run: str, to: IO[bytes], format: str = "csv") -> None:
        """Write the run to a file: csv, json, html, parquet, tensorboard or schedule."""
        self._download(f"{_run(run)}/export", to, format=format)

    def import_file(self, path: Path, *, name: str | None = None, project: str = "imported") -> list[Json]:
        """Import a file of another tool, or a folder of TensorBoard's, as runs that have ended."""
        data, file = _content(path)
        upload, pieces = secrets.token_hex(8), max(1, -(-len(data) // _PIECE))
        answer: Json = {"runs": []}
        for piece in range(pieces):
            content = b64encode(data[piece * _PIECE : (piece + 1) * _PIECE]).decode()
            body = {"file": file, "content": content, "upload": upload, "piece": piece, "pieces": pieces}
            answer = self._send("POST", "/api/runs/import", {**body, "name": name, "project": project})
        found: list[Json] = answer["runs"]
        return found

    def schedules(self) -> list[Json]:
        """The latest version of every saved schedule."""
        found: list[Json] = self._get("/api/schedules/saved")["schedules"]
        return found

    def versions(self, name: str) -> list[Json]:
        """All versions of a saved schedule, newest first."""
        found: list[Json] = self._get(f"/api/schedules/saved/{quote(name, safe='')}")["versions"]
        return found

    def save(self, name: str, text: str, base_version: int | None = None) -> Json:
        """Save a text as the next version; refused if ``base_version`` is not the latest."""
        body = {"text": text, "base_version": base_version}
        return self._send("PUT", f"/api/schedules/saved/{quote(name, safe='')}", body)

    def shares(self, run: str) -> list[Json]:
        """The links to the run that are good now, without the links themselves."""
        found: list[Json] = self._get(f"{_run(run)}/shares")["shares"]
        return found

    def share(self, run: str, days: float = 7.0) -> Json:
        """Make a link that shows the run, read-only, to whoever has it."""
        return self._send("POST", f"{_run(run)}/shares", {"days": days})

    def revoke_share(self, run: str, share: str) -> None:
        """Revoke a link by its id; the sessions that came through it end."""
        self._delete(f"{_run(run)}/shares/{quote(share, safe='')}")

    def audit(self, run: str | None = None, *, before: int | None = None) -> list[Json]:
        """Who changed what (of one run), newest first, a thousand at most; ``before``: below that id."""
        found: list[Json] = self._get("/api/audit", run=run, before=before)["entries"]
        return found

    def link(self) -> Json:
        """A fresh one-time link that signs a browser in as admin."""
        return self._send("POST", "/api/session/links", {})

    def tokens(self) -> list[Json]:
        """The tokens that are good now, none of them in clear."""
        found: list[Json] = self._get("/api/tokens")["tokens"]
        return found

    def make_token(self, role: str, name: str, **fields: Any) -> Json:
        """Make a token, in clear this once; fields as in the API: ``project``, ``days``, ``connections``."""
        return self._send("POST", "/api/tokens", {"role": role, "name": name, **fields})

    def rotate_token(self, token: str) -> Json:
        """Replace the secret of a token, by its id; the old one is void at once."""
        return self._send("POST", f"/api/tokens/{quote(token, safe='')}/rotate", {})

    def revoke_token(self, token: str) -> None:
        """Revoke a token by its id; the sessions that came from it end."""
        self._delete(f"/api/tokens/{quote(token, safe='')}")


def _run(run: str) -> str:
    return f"/api/runs/{quote(run, safe='')}"


def _content(path: Path) -> tuple[bytes, str]:
    """A file's content and name; the event files of a folder one after the other."""
    try:
        if not path.is_dir():
            return path.read_bytes(), path.name
        files = sorted(path.glob("*tfevents*"))
        if not files:
            raise ClientError(f"{path} has no event files: expected names with tfevents")
        return b"".join(file.read_bytes() for file in files), path.absolute().name
    except OSError as error:
        raise ClientError(f"cannot read {path}: {error.strerror}") from None
