"""A run that the other server took in a moment ago is there for whoever asks, before this one looked."""

from __future__ import annotations

from typing import Any

import pytest

from rheostat.wire import Refused, encode
from tests.server.auth.credentials import make
from tests.server.running import Agent, hello
from tests.server.scale.conftest import Pair
from tests.server.scale.test_two_servers import steps_seen


@pytest.fixture
def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers look at what others did once, at their start, and then no more."""
    monkeypatch.setattr("rheostat_server.live.follower._LOOK_S", 3600.0)


def ask(pair: Pair, path: str, token: str, **query: Any) -> int:
    """The status of what the second server answers."""
    with pair.b.client(None) as client:
        found = client.get(path, params=query, headers={"Authorization": f"Bearer {token}"})
        return found.status_code


def test_it_is_found_over_http(unaware: None, pair: Pair) -> None:
    mine, theirs = make(pair.a, "viewer", "demo"), make(pair.a, "viewer", "other")
    admin = pair.b.token("admin")
    for at, (path, query) in enumerate(
        [
            ("/api/runs/{}", {}),
            ("/api/runs/{}/series", {"metric": "loss"}),
            ("/api/compare", {"run": "{}", "metric": "loss"}),
        ]
    ):
        run = f"run{at}"
        given = {name: value.format(run) for name, value in query.items()}
        assert ask(pair, path.format(run), admin, **given) == 404, "there is none yet"
        with pair.a.agent(run=run) as agent:
            agent.steps(0, 5)
            assert pair.b.dashboard.book.get(run) is None, "the second server has not looked"
            assert ask(pair, path.format(run), admin, **given) == 200
    with pair.a.agent(run="scoped") as agent:
        agent.steps(0, 5)
        assert ask(pair, "/api/runs/scoped", "nobody's") == 401
        assert pair.b.dashboard.book.get("scoped") is None, "nothing is looked up for a stranger"
        assert ask(pair, "/api/runs/scoped", theirs) == 403
        assert ask(pair, "/api/runs/scoped", mine) == 200


def test_it_can_be_watched(unaware: None, pair: Pair) -> None:
    with pair.b.viewer("nothing") as viewer:
        assert viewer.next("problem")["error"]["code"] == "not_found"
        with pair.a.agent() as agent:
            agent.steps(0, 5)
            assert pair.b.dashboard.book.get("r1") is None
            viewer.say({"type": "watch", "run": "r1", "cursor": 0})
            assert steps_seen(viewer, 4) == list(range(5))
            for at in range(1, 20):
                agent.steps(5 * at, 5)
            assert steps_seen(viewer, 99) == list(range(5, 100))


@pytest.mark.parametrize("looks", [True, False], ids=["known", "in the same moment"])
def test_its_project_holds_on_the_other_server_too(
    unaware: None, pair: Pair, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    async def nothing(run: str) -> None:
        """The run began after the second server had looked."""

    if not looks:
        monkeypatch.setattr(pair.b.dashboard, "seek", nothing)
    token = make(pair.a, "agent", "other")
    with pair.a.agent() as owner:
        owner.steps(0, 5)
        bearer = {"Authorization": f"Bearer {token}"}
        thief = Agent(
            pair.b.socket("/ws/agent", None, headers=bearer),
            hello(project="other", attempt="a2", restart=1),
        )
        with thief:
            thief.connection.send(encode(thief.hello))
            answer = thief.receive()
        assert isinstance(answer, Refused)
        assert answer.code == "forbidden"
        owner.steps(5, 5)
