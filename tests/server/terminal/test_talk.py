"""The commands against a real server that its data folder tells of, with a job at the other end."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest
import torch

from rheostat import attach, parse
from rheostat.client import Client, ClientError, find_server
from rheostat.control.command import CommandReport, Limits
from rheostat_server.cli import main
from tests.server.running import Agent, Server
from tests.server.terminal.said import Captured, data, said


def test_runs_are_listed(agent: Agent, capsys: Captured) -> None:
    head, row = said(capsys, "runs").splitlines()
    assert head.split() == ["RUN", "STATE", "STEP", "LR", "METRIC", "NAME"]
    assert row.split() == ["my", "run", "live", "3/1,000", "0.001", "loss", "3", "a", "run"]
    assert data(capsys, "runs")[0]["id"] == "my run"
    assert data(capsys, "runs", "--archived") == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["hold", "my run", "1e-4", "--for-steps", "5"], "hold"),
        (["scale", "my run", "0.5", "--groups", "head", "--reason", "why"], "scale"),
        (["ramp", "my run", "1e-4", "--over", "9"], "ramp"),
        (["release", "my run", "--over", "3"], "release"),
        (["swap", "my run", "cosine -> 0", "--continuous", "--from-here"], "swap"),
        (["pause", "my run"], "pause"),
        (["resume", "my run"], "resume"),
        (["checkpoint", "my run"], "checkpoint"),
        (["stop", "my run"], "stop"),
    ],
)
def test_every_order_reaches_the_job_and_its_answer_comes_back(
    agent: Agent, capsys: Captured, words: list[str], kind: str
) -> None:
    taken: list[str] = []

    def obey() -> None:
        command = agent.command()
        taken.append(str(command.action.__struct_config__.tag))
        agent.send(CommandReport(id=command.id, state="applied", at=0.0, step=7, effective={"head": 0.5}))

    job = threading.Thread(target=obey)
    job.start()
    text = said(capsys, *words)
    job.join()
    assert taken == [kind]
    assert ": applied at step 7\n  head: 0.5\n" in text


def test_a_refusal_is_told_and_ends_with_1(agent: Agent, capsys: Captured) -> None:
    def refuse() -> None:
        message = "too high"
        agent.send(CommandReport(id=agent.command().id, state="rejected", at=0.0, message=message))

    job = threading.Thread(target=refuse)
    job.start()
    assert main(["hold", "my run", "5"]) == 1
    job.join()
    assert "rejected: too high" in capsys.readouterr().out
    assert "no param group 'tail'" in said(capsys, "scale", "my run", "2", "--groups", "tail", status=1)
    text = said(capsys, "scale", "my run", "0.5", "--dry-run")
    assert "head: area -50.00%" in text


def test_a_run_is_drawn(agent: Agent, capsys: Captured) -> None:
    text = said(capsys, "watch", "my run", "--once", "--width", "60")
    assert text.startswith("a run: live, step 3 of 1,000, lr backbone 0.001, head 0.0005\n")
    assert any(0x2800 < ord(c) < 0x2900 for c in text), "Braille"
    assert "\nloss\n" in text
    found = data(capsys, "watch", "my run", "--once")
    assert found["series"]["loss"]["y"] == [1.0, 2.0, 3.0]
    assert "loss" not in said(capsys, "compare", "my run", "my run")
    assert data(capsys, "compare", "my run", "--axis", "time")[0]["series"]["loss"]["x"][0] == 0.0
    began = data(capsys, "compare", "my run", "--axis", "wall")[0]
    assert began["series"]["loss"]["x"][0] == began["first_at"]
    assert "seconds since the first run began" in said(capsys, "compare", "my run", "--axis", "wall")
    assert data(capsys, "compare", "my run", "--axis", "loss")[0]["series"]["loss"]["x"] == [1, 2, 3]
    smooth = data(capsys, "compare", "my run", "--smooth", "0.9")[0]["series"]["loss"]["y"]
    assert smooth == data(capsys, "watch", "my run", "--once", "--smooth", "0.9")["series"]["loss"]["y"]
    assert 1.0 == smooth[0] < smooth[2] < 2.5
    assert "none of the runs has 'loss' with 'y' beside it" in said(
        capsys, "compare", "my run", "--axis", "y", status=2
    )
    assert "none of the runs has 'x'" in said(capsys, "compare", "my run", "--metric", "x", status=2)


def test_it_watches_until_the_run_ends(agent: Agent, capsys: Captured) -> None:
    from rheostat.wire import Bye

    def end() -> None:
        agent.steps(3, 3)
        agent.send(Bye(state="finished", step=6, last_seq=agent.seq))

    timer = threading.Timer(1.5, end)
    timer.start()
    text = said(capsys, "watch", "my run")
    timer.join()
    assert "a run: live, step 3" in text
    assert "a run: finished, step 6" in text


def test_notes_schedules_and_differences(agent: Agent, capsys: Captured, tmp_path: Path) -> None:
    assert said(capsys, "annotate", "my run", "new data", "--step", "1") == "step 1: new data\n"
    assert data(capsys, "annotate", "my run")[0]["text"] == "new data"
    assert said(capsys, "annotate", "my run", "newer", "--edit", "1", "--step", "2") == "step 2: newer\n"
    assert said(capsys, "annotate", "my run").splitlines()[1].split() == ["1", "2", "admin", "newer"]
    assert said(capsys, "annotate", "my run", "--delete", "1") == "deleted 1\n"
    assert data(capsys, "annotate", "my run") == []
    assert said(capsys, "schedules", "mine", "--save", "cosine -> 0") == "mine@1\n"
    assert said(capsys, "schedules", "mine", "--save", "cosine -> 0.1x") == "mine@2\n"
    assert said(capsys, "schedules") == "mine@2  cosine -> 0.1x\n"
    assert len(data(capsys, "schedules", "mine")) == 2
    text = said(capsys, "diff", "mine@1", "mine@2", "--total", "100", status=1)
    assert "changed part 'cosine -> 0' to 'cosine -> 0.1x'" in text
    assert data(capsys, "diff", "mine@1", "cosine -> 0", "--total", "9")["largest"] == 0.0
    assert "has no version 7" in said(capsys, "diff", "mine@7", "hold", status=2)


def test_files_out_and_in(agent: Agent, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    output = tmp_path / "run.csv"
    assert main(["export", "my run", "-o", str(output)]) == 0
    assert main(["export", "my run"]) == 0
    assert capfdbinary.readouterr().out == output.read_bytes()
    assert main(["import", str(output), "--name", "again", "--project", "p", "--json"]) == 0
    (run,) = json.loads(capfdbinary.readouterr().out)
    assert (run["name"], run["project"], run["step"]) == ("again", "p", 3)
    assert main(["export", "my run", "--format", "tensorboard", "-o", str(tmp_path / "x.tfevents.1")]) == 0
    assert main(["import", str(tmp_path)]) == 0
    assert b"3 steps" in capfdbinary.readouterr().out
    for words in (
        ["export", "none"],
        ["export", "my run", "-o", str(tmp_path / "no" / "x")],
        ["import", "no"],
    ):
        assert main(words) != 0
        assert capfdbinary.readouterr().err.count(b"\n") == 1
    assert list(tmp_path.glob("*.part")) == []


def test_a_large_file_goes_in_pieces(folder: Path, capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("step,loss\n" + "".join(f"{step},{step / 7}\n" for step in range(80_000)))
    assert file.stat().st_size > 1 << 20
    (run,) = data(capsys, "import", str(file))
    assert (run["name"], run["step"]) == ("long", 80_000)


def test_code_and_completion(capsys: Captured) -> None:
    code = said(capsys, "convert", "cosine -> 0", "--base", "0.1", "--total", "10")
    assert "LambdaLR" in code
    assert "did you mean 'cosine'" in said(capsys, "convert", "cosin -> 0", status=1)
    script = said(capsys, "completion", "bash")
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    assert "annotate" in script


def test_where_the_server_is_and_who_asks(
    folder: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = server.token("admin")
    assert find_server() == (server.url, admin)
    token = tmp_path / "t"
    token.write_text("other\n")
    assert find_server(token_file=token) == (server.url, "other")
    monkeypatch.setenv("RHEOSTAT_SERVER", "https://lab.example")
    with pytest.raises(ClientError, match=r"no token for https://lab\.example"):
        find_server()
    monkeypatch.setenv("RHEOSTAT_TOKEN", "mine")
    assert find_server() == ("https://lab.example", "mine")
    with pytest.raises(ClientError, match="in the clear"):
        find_server("http://lab.example")
    monkeypatch.delenv("RHEOSTAT_SERVER")
    with pytest.raises(ClientError, match="no server runs on"):
        find_server(folder=tmp_path)
    with (
        Client(token="nobody's") as stranger,
        pytest.raises(ClientError, match="sign-in or a token") as refused,
    ):
        stranger.runs()
    assert (refused.value.status, refused.value.code) == (401, "not_signed_in")
    with (
        Client("http://127.0.0.1:9", token="x") as nowhere,
        pytest.raises(ClientError, match="no server answers"),
    ):
        nowhere.runs()


def test_the_schedule_of_a_real_job_is_what_its_optimizer_used(folder: Path, capsys: Captured) -> None:
    """A torch job turned from its own side; the schedule that comes of it, against what the hooks saw."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    used: list[float] = []
    limits = Limits(kinds=("hold", "scale", "ramp", "release", "swap"), min_interval_s=0.0)
    with attach(optimizer, run="turned", plan="cosine -> 0", total=300, limits=limits) as agent:
        optimizer.register_step_pre_hook(lambda o, *_: used.append(o.param_groups[0]["lr"]))
        for step in range(300):
            if step == 20:
                agent.scale(0.5, for_steps=30)
            if step == 80:
                agent.ramp(0.03, over=25)
            if step == 140:
                agent.scale(1.7)
            if step == 170:
                agent.release(over=33)
            if step == 230:
                agent.hold(1e-3, for_steps=20)
            optimizer.step()
    text = said(capsys, "export", "turned", "--format", "schedule")
    assert [line.split()[1] for line in text.splitlines() if line.startswith("#")] == [
        "@20",
        "@80",
        "@140",
        "@170",
        "@230",
    ], [
        (event["state"], event["step"])
        for record in Client().commands("turned")
        for event in record["events"]
    ]
    plan = parse(text).bind()
    assert [plan(step) for step in range(300)] == used
    with Client() as client:
        found = client.schedule("turned")
    assert (found["kind"], found["error"], found["steps"]) == ("exact", 0.0, 300)
