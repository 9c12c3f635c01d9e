"""The server of the simulation: real sessions and leases over a store that is a model.

The store commits in groups, outlives the server, and may go back in time (another epoch).
"""

from __future__ import annotations

from collections import deque

from rheostat.control.command import CommandReport
from rheostat.wire import Bye, Flush, Hello, Refused, Report
from rheostat_server.commands.life import may_follow
from rheostat_server.live.lease import Leases
from rheostat_server.live.session import Action, AgentSession, Close, Receive, Send, Start
from rheostat_server.models import CommandState

__all__ = ["Line", "Link", "Server", "Store"]


class Store:
    """What the server has committed: flushes and reports by writer and number, and the life of commands."""

    def __init__(self) -> None:
        self.epoch = 0
        self.flushes: dict[tuple[str, int], bytes] = {}
        self.acked: dict[str, int] = {}
        self.reported: dict[str, int] = {}
        self.reports: dict[str, list[CommandReport]] = {}
        self.lives: dict[str, list[CommandState]] = {}
        self.owner: dict[str, str] = {}

    def copy(self) -> Store:
        """As it is now."""
        other = Store()
        other.epoch = self.epoch
        other.flushes = dict(self.flushes)
        other.acked, other.reported = dict(self.acked), dict(self.reported)
        other.reports = {key: list(told) for key, told in self.reports.items()}
        other.lives = {key: list(life) for key, life in self.lives.items()}
        other.owner = dict(self.owner)
        return other

    def put(self, writer: str, message: Flush | Report) -> None:
        """Take a message into the store, as `store.runs` and `store.commands` do."""
        if isinstance(message, Flush):
            if message.seq <= self.acked.get(writer, 0):
                return
            assert (writer, message.seq) not in self.flushes
            self.flushes[writer, message.seq] = message.steps
            self.acked[writer] = message.seq
        elif message.seq > self.reported.get(writer, 0):
            self.reported[writer] = message.seq
            self.reports.setdefault(writer, []).append(message.report)
            life = self.lives.get(message.report.id)
            if life is not None and may_follow(life[-1], message.report.state):
                life.append(message.report.state)


class Line:
    """One connection: frames under way each way, until it is cut."""

    def __init__(self) -> None:
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.open = True
        self.confirmed = False


class Link:
    """The server's end of a line: its session, and what waits for its commit."""

    def __init__(self, server: Server, line: Line) -> None:
        self.server = server
        self.line = line
        self.session = AgentSession()
        self.hello: Hello | None = None
        self.pending: list[Flush | Report | Bye] = []

    def take(self, frame: bytes) -> None:
        """One frame off the line."""
        for action in self.session.receive(frame):
            if isinstance(action, Start):
                self._start(action.hello)
            elif isinstance(action, Receive):
                if not isinstance(action.message, Flush | Report | Bye):
                    continue
                self.pending.append(action.message)
                self.server.queue.append((self, action.message))
            else:
                self.send([action])

    def send(self, actions: list[Action]) -> None:
        """Put on the line what the session wants sent."""
        for action in actions:
            if isinstance(action, Send):
                self.line.down.append(action.frame)
            elif isinstance(action, Close):
                self.line.confirmed = action.code == 1000
                self.line.down.append(b"")

    def _start(self, hello: Hello) -> None:
        granted = self.server.leases.acquire(hello, self)
        if isinstance(granted, Refused):
            self.send(self.session.refuse(granted.code, granted.message, retry=granted.retry))
            return
        if granted.fenced is not None:
            granted.fenced.send(granted.fenced.session.refuse("fenced", "taken over"))
        self.hello = hello
        # The hello is written in turn: what was queued before it is committed first.
        self.server.commit()
        store = self.server.store
        active = {command.id for command in hello.active}
        for id, life in store.lives.items():
            if life[-1] in ("requested", "accepted", "scheduled", "applied", "lost"):
                if store.owner[id] == hello.attempt:
                    self.server.redeliver.append((self, id))
                elif id not in active and life[-1] != "lost":
                    life.append("lost")
        self.send(
            self.session.welcome(
                epoch=str(store.epoch),
                acked=store.acked.get(hello.writer, 0),
                reported=store.reported.get(hello.writer, 0),
                clock=1000.0,
            )
        )


class Server:
    """The server's process: leases, links and what is not committed yet. All of it dies with it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.leases: Leases[Link] = Leases()
        self.queue: list[tuple[Link, Flush | Report | Bye]] = []
        self.redeliver: list[tuple[Link, str]] = []

    def commit(self) -> None:
        """Commit all that waits, then ack it."""
        queue, self.queue = self.queue, []
        for link, message in queue:
            assert link.hello is not None
            if not isinstance(message, Bye):
                self.store.put(link.hello.writer, message)
        for link, message in queue:
            if isinstance(message, Flush):
                link.send(link.session.stored(message.seq))
            elif isinstance(message, Report):
                link.send(link.session.stored(0, message.seq))
            else:
                link.send(link.session.farewell())

    def left(self, link: Link) -> None:
        """The line is gone."""
        if link.hello is not None:
            self.leases.release(link.hello.run, link)
