"""`rheostat preview` as a person runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from rheostat.schedule import parse, presets
from rheostat_server.cli import main
from rheostat_server.terminal import files

TEXT = "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%"


def test_a_curve_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", TEXT, "--base", "3e-4", "--total", "10k", "--width", "80"]) == 0
    out = capsys.readouterr().out
    assert "⡇" in out
    assert "75.0%   87.7%  hold" in out
    assert "assumed" not in out


def test_what_nobody_said_is_assumed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "linear 0 -> 1x for 2ep; cosine -> 0"]) == 0
    assert "assumed  base 1e-3, total 10,000, epoch 100" in capsys.readouterr().out


def test_faults_are_told_with_carets_and_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "hold for 5; cosin -> 0"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error at 1:13: unknown shape 'cosin'" in err
    assert "\n    hold for 5; cosin -> 0\n                ^^^^^\n" in err


def test_a_doubt_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "1"]) == 0
    assert "warning at 1:1" in capsys.readouterr().err


def test_what_has_no_stand_in_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "cosine -> 0 for 3Mtok; hold"]) == 1
    assert "step" in capsys.readouterr().err
    assert main(["preview", "cosine -> 0 for 3Mtok; hold", "--step-tokens", "1e4"]) == 0


def test_every_group_or_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = "cosine -> 0; group head base 1e-3; group backbone base 1e-4"
    assert main(["preview", text, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [curve["group"] for curve in found["curves"]] == ["head", "backbone"]
    assert main(["preview", text, "--group", "backbone", "--json"]) == 0
    (curve,) = json.loads(capsys.readouterr().out)["curves"]
    plan = parse(text).bind(total=10_000, group="backbone")
    assert curve["y"] == [plan(step) for step in curve["x"]]
    assert main(["preview", text, "--group", "hed"]) == 1
    assert "did you mean 'head'" in capsys.readouterr().err


def test_json_of_a_faulty_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "cosin -> 0", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["curves"]) == (False, [])
    assert found["diagnostics"][0]["replacement"] == "cosine"


def test_the_csv_reads_back_to_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "lr.csv"
    text = "cosine -> 0; group head base 1e-3; group 'a,b' base 3e-4".replace("'", '"')
    assert main(["preview", text, "--total", "100k", "--csv", str(path)]) == 0
    lines = path.read_text().splitlines()
    assert lines[0] == 'step,head,"a,b"'
    read = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    steps = np.arange(100_000)
    assert (read[:, 0] == steps).all()
    for column, group in ((1, "head"), (2, "a,b")):
        assert (read[:, column] == parse(text).bind(total=100_000, group=group)(steps)).all()


def test_a_csv_of_too_many_rows_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", TEXT, "--total", "1B", "--csv", str(tmp_path / "lr.csv")]) == 2
    assert f"at most {files.LIMIT_ROWS:,}" in capsys.readouterr().err
    assert not (tmp_path / "lr.csv").exists()


def test_a_page_and_a_picture_stand_alone(tmp_path: Path) -> None:
    page, picture = tmp_path / "a.html", tmp_path / "a.png"
    assert main(["preview", TEXT, "--html", str(page), "--png", str(picture)]) == 0
    html = page.read_text()
    assert "Plotly.newPlot" in html
    assert '<script src="' not in html
    linear = picture.read_bytes()
    assert linear.startswith(b"\x89PNG\r\n")
    assert main(["preview", TEXT, "--html", str(page), "--png", str(picture), "--log"]) == 0
    assert '"type":"log"' in page.read_text()[-20_000:]
    assert picture.read_bytes() != linear


@pytest.mark.parametrize("kind", ["--html", "--csv", "--png"])
def test_a_file_that_cannot_be_written(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", TEXT, kind, str(tmp_path / "none" / "file")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["preview", TEXT, "--png", str(tmp_path / "a.png")]) == 2
    assert "pip install 'rheostat[png]'" in capsys.readouterr().err


def test_a_text_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("cosine -> 0"))
    assert main(["preview", "-"]) == 0
    assert "1e-3 at step 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--total", "0"], ["--total", "1.5"], ["--total", "many"], ["--width", "5"], ["--epoch", "k"]]
)
def test_numbers_without_sense(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["preview", TEXT, *words])
    assert "expected" in capsys.readouterr().err


def test_nothing_to_draw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview"]) == 2
    assert "give a schedule" in capsys.readouterr().err


def test_a_preset_by_name_with_its_own_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--preset", "bert", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["curves"][0]["analysis"]["total"] == 1_000_000
    assert found["curves"][0]["analysis"]["maximum"] == 1e-4
    assert found["assumed"] == {}
    assert main(["preview", "--preset", "bert", "--total", "20k", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["curves"][0]["analysis"]["total"] == 20_000


def test_a_wrong_preset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--preset", "brt"]) == 2
    assert "did you mean 'BERT'" in capsys.readouterr().err
    assert main(["preview", "--preset", "zzz"]) == 2
    assert "--list-presets" in capsys.readouterr().err
    assert main(["preview", TEXT, "--preset", "BERT"]) == 2
    assert "not both" in capsys.readouterr().err


def test_presets_are_listed_with_their_origin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--list-presets"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == len(presets())
    assert all("arXiv" in row for row in rows)


PLATEAU = "plateau(val_loss, factor=0.5x, patience=2)"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "loss.csv"
    path.write_text("step,val_loss\n" + "".join(f"{step},1.5\n" for step in range(0, 1000, 100)))
    return path


def test_a_plateau_is_tried_on_a_trace(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["preview", PLATEAU, "--total", "1000", "--trace", str(trace), "--base", "1e-3"]
    page, picture, values = tmp_path / "a.html", tmp_path / "a.png", tmp_path / "a.csv"
    assert main([*words, "--html", str(page), "--png", str(picture), "--csv", str(values)]) == 0
    out = capsys.readouterr().out
    assert "\nval_loss\n" in out
    assert "300  1e-3 -> 5e-4" in out
    assert "val_loss" in page.read_text()[-20_000:]
    rows = values.read_text().splitlines()
    assert (rows[300], rows[301]) == ("299,0.001", "300,0.0005")
    plan = parse(PLATEAU).bind(base=1e-3, total=1000)
    lrs = plan.simulate({"val_loss": np.full(10, 1.5)}, np.arange(0, 1000, 100))
    assert [float(rows[1 + step].split(",")[1]) for step in range(0, 1000, 100)] == lrs.tolist()


def test_without_a_total_the_curve_reaches_the_end_of_the_trace(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace.write_text("step,val_loss\n0,1\n5000,1\n")
    assert main(["preview", PLATEAU, "--trace", str(trace)]) == 0
    assert "assumed  base 1e-3, total 5,001" in capsys.readouterr().out


def test_a_cue_ends_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["preview", "hold until @decay; linear -> 0 for 100", "--total", "1k", "--json"]
    assert main([*words, "--cue", "decay=500"]) == 0
    (curve,) = json.loads(capsys.readouterr().out)["curves"]
    ys = dict(zip(curve["x"], curve["y"], strict=True))
    assert (ys[500], ys[599]) == (1e-3, pytest.approx(1e-5))
    assert main([*words, "--cue", "dcay=500"]) == 2
    assert "nothing waits for the cue 'dcay': the schedule has decay" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--cue", "500"])


def test_traces_that_cannot_be_read(trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", PLATEAU, "--trace", str(tmp_path / "none.csv")]) == 2
    assert "cannot read" in capsys.readouterr().err
    trace.write_bytes(b"\xff\xfe\x00")
    assert main(["preview", PLATEAU, "--trace", str(trace)]) == 2
    assert "UTF-8" in capsys.readouterr().err
    trace.write_text("step,loss\n0,1\n")
    assert main(["preview", PLATEAU, "--trace", str(trace)]) == 2
    assert "no values of 'val_loss': it has loss" in capsys.readouterr().err
