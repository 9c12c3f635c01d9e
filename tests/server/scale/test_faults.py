"""Processes die under load: nothing is lost or stored twice, commands are applied or told lost."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import httpx
import pytest
from bench.bench_load import Seen, load, two

from tests.e2e.processes import Dashboard
from tests.server.scale.load import STEPS, Job

LONG = pytest.mark.faults


@pytest.mark.process
@pytest.mark.parametrize(
    ("agents", "viewers", "seconds"),
    [(20, 3, 6.0), pytest.param(200, 20, 60.0, marks=[LONG, pytest.mark.timeout(300)])],
)
def test_a_server_is_killed_under_load(tmp_path: Path, agents: int, viewers: int, seconds: float) -> None:
    wish = argparse.Namespace(agents=agents, viewers=viewers, seconds=seconds, rate=2.0)
    with two(tmp_path) as place:
        seen: Seen = asyncio.run(load(place, wish, kill=True))
    assert (seen.lost, seen.twice) == (0, 0)
    assert sum(job.connections for job in seen.jobs) > agents, "some had to come back by the other server"
    assert not [refusal for job in seen.jobs for refusal in job.refusals]
    assert all(watcher.seen == STEPS * seen.jobs[0].sent for watcher in seen.watchers)
    assert all(watcher.broken == 0 for watcher in seen.watchers)
    print(f"longest gap between updates: {max(watcher.longest for watcher in seen.watchers):.1f} s")


async def commanded(servers: list[Dashboard]) -> tuple[list[Job], list[str], list[str]]:
    """Ask for a command of every job just as the server that holds half of them dies.

    Gives the jobs, the ids that were taken, and the ids that were refused.
    """
    token, admin = ((servers[1].folder / f"{role}.token").read_text().strip() for role in ("agent", "admin"))
    taken: list[str] = []
    refused: list[str] = []
    headers = {"Authorization": f"Bearer {admin}"}
    ports = [server.port for server in servers]
    async with httpx.AsyncClient(base_url=servers[1].url, headers=headers, timeout=30) as operator:
        jobs = [Job(f"r{at}", ports if at % 2 else ports[::-1], token, 2.0) for at in range(10)]
        lives = [asyncio.create_task(job.live()) for job in jobs]
        for job in jobs:
            job.start()
        while len((await operator.get("/api/runs")).json()["runs"]) < len(jobs):
            await asyncio.sleep(0.1)
        await asyncio.to_thread(servers[0].kill)
        for number, job in enumerate(jobs):
            body = {"id": f"command-{number}", "kind": "hold", "value": 1e-4}
            answer = await operator.post(f"/api/runs/{job.run}/commands", json=body)
            assert answer.status_code in (201, 409), answer.text
            (taken if answer.status_code == 201 else refused).append(f"command-{number}")
        async with asyncio.timeout(60):
            while {found for job in jobs for found in job.commands} < set(taken):
                await asyncio.sleep(0.1)
        for job in jobs:
            job.stop()
        await asyncio.wait_for(asyncio.gather(*lives), 60)
    return jobs, taken, refused


@pytest.mark.process
def test_commands_reach_their_job_or_are_told_lost(tmp_path: Path) -> None:
    with two(tmp_path) as place:
        jobs, taken, refused = asyncio.run(commanded(place.servers))
        assert len(taken) + len(refused) == len(jobs)
        assert taken, "the jobs of the server that lives are reached"
        heard = {found for job in jobs for found in job.commands}
        assert heard == set(taken), "what was refused is never delivered, what was taken is"
        bearer = {"Authorization": f"Bearer {(place.servers[1].folder / 'admin.token').read_text().strip()}"}
        for number, job in enumerate(jobs):
            url = f"{place.servers[1].url}/api/runs/{job.run}/commands"
            records = httpx.get(url, headers=bearer).json()["commands"]
            states = [record["state"] for record in records]
            if f"command-{number}" in taken:
                assert states == ["requested"]
            else:
                assert states in (["rejected"], [])
