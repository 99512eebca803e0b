"""Each benchmark runs, at a tiny size, and prints the figures it promises. How fast it was is not a test's business."""

import os
import signal
import socketserver
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from sqlalchemy import URL, create_engine, text

from benchmarks import append, backup, explain, export, prove, rebuild, report, verify
from benchmarks.asking import REPORTS
from benchmarks.ground import Figure, compared, scratch, table
from benchmarks.served import load

Main = Callable[[Sequence[str]], int]

RUNS: dict[str, tuple[Main, str, list[str]]] = {
    "append": (append.main, "--seconds=0.5", ["no-op", "package", "p50", "p99"]),
    "rebuild": (
        rebuild.main,
        "--events=120 --leases=6",
        ["all-floor", "all-floor-cpu", "floor", "package", "peak-memory"],
    ),
    "verify": (verify.main, "--events=120", ["hash-read", "hash-shared", "hash-memory"]),
    "prove": (prove.main, "--events=120", ["inclusion", "consistency"]),
    "backup": (backup.main, "--events=120", ["backup", "restore"]),
    "export": (export.main, "--events=120", ["export", "import"]),
    "explain": (
        explain.main,
        "--events=1000",
        [f"{name}-{quantile}" for name in explain.REPORTS for quantile in ("p50", "p99")],
    ),
    "report": (
        report.main,
        "--events=500",
        [
            f"{report}-{quantile}-{size}"
            for report in ("trial-balance", "rent-roll")
            for quantile in ("p50", "p99")
            for size in ("100th", "10th", "all")
        ],
    ),
}


@pytest.fixture
def elsewhere(postgres_server: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> URL:
    """The tests' own server, so that none is started for each run; and a place for temporary files of our own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("MCSC_TEST_POSTGRES", postgres_server.render_as_string(hide_password=False))
    return postgres_server


def traces(server: URL, directory: Path) -> list[str]:
    """What a benchmark of this process made and did not remove: databases and files."""
    engine = create_engine(server)
    with engine.connect() as connection:
        mine = {"mine": f"mcsc\\_bench\\_{os.getpid()}\\_%"}
        databases = connection.execute(text("SELECT datname FROM pg_database WHERE datname LIKE :mine"), mine)
        found = list(databases.scalars())
    engine.dispose()
    return found + [path.name for path in directory.iterdir()]


@pytest.mark.parametrize("name", RUNS)
def test_prints_its_figures_and_leaves_nothing_behind(
    name: str, elsewhere: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main, size, expected = RUNS[name]
    assert main(["--json", "--rounds=1", *size.split()]) == 0
    printed = capsys.readouterr().out
    assert {tuple(entry) for entry in msgspec.json.decode(printed)} == {("name", "value", "unit", "floor", "ratio")}
    figures = msgspec.json.decode(printed, type=list[Figure])
    assert [figure.name for figure in figures] == [
        f"{name}/{kind}/{it}" for kind in ("sqlite", "postgres") for it in expected
    ]
    assert [figure.name for figure in figures if not (figure.value > 0 and figure.floor and figure.ratio)] == []
    assert traces(elsewhere, tmp_path) == []


def test_what_a_benchmark_that_was_killed_left_goes_with_whoever_still_works_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, others = tmp_path / f"mcsc-bench-{gone.pid}-a", tmp_path / f"mcsc-bench-{os.getppid()}-b"
    for directory in (left, others):
        (directory / "postgres").mkdir(parents=True)
    working = [sys.executable, "-c", "import signal; signal.pause()"]
    server = subprocess.Popen(working, cwd=left / "postgres")
    with scratch() as root:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([root.name, others.name])
        assert server.wait(10) == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [others.name]


def test_a_city_grows_beside_another_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    """Here the other is this one, which takes as long, more or less."""
    here = Path(__file__).resolve().parent.parent
    asked = ["--rounds=1", "--database=sqlite", "--events=300", "--leases=3", f"--against={here}"]
    assert report.main(["--json", *asked]) == 0
    figures = msgspec.json.decode(capsys.readouterr().out, type=list[Figure])
    assert [figure.name for figure in figures] == [
        f"report/sqlite/leases-3/{name}-{quantile}" for name in REPORTS for quantile in ("p50", "p99", "own-p50")
    ]
    assert [figure.name for figure in figures if not (figure.value > 0 and figure.floor and figure.ratio)] == []


def test_a_table_is_printed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(["--database=sqlite", "--rounds=1", "--events=50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "SQLite" in lines[0]
    assert lines[2].split()[0] == "verify"
    assert lines[4].startswith("sqlite ")


class _Busy(socketserver.StreamRequestHandler):
    """Tells the first of a connection's requests to come back, and takes the others."""

    def handle(self) -> None:
        statuses = chain([b"503 Busy"], repeat(b"201 Created"))
        while self.rfile.readline():
            *_, length = iter(self.rfile.readline, b"\r\n")
            self.rfile.read(int(length.removeprefix(b"Content-Length: ")))
            self.wfile.write(b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % next(statuses))


def test_who_is_told_to_come_back_does_and_is_in_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "WARM_S", 0)
    monkeypatch.setattr(load, "COMES_BACK_S", 0)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Busy) as server:
        Thread(target=server.serve_forever).start()
        answered = load.drive(load.Plan(server.server_address[1], "/v1/companies", "key", "x", 0.2, 2))
        server.shutdown()
    assert (answered.told, answered.failed) == (2, {})
    assert 0 < len(answered.latencies) <= answered.acknowledged


def test_ratios_are_taken_round_by_round() -> None:
    """One slow round slows both sides; the median of the ratios does not see it."""
    assert compared("x", "events/s", [100, 10, 90], [50, 5, 60]) == Figure("x", 90, "events/s", 50, 2)


def test_columns_are_aligned() -> None:
    assert table(["", "n"], [["a", "10"], ["bb", "7"]]) == ["     n", "--  --", "a   10", "bb   7"]


@pytest.mark.parametrize("wrong", ["--rounds=0", "--seconds=0", "--database=oracle"])
def test_impossible_sizes_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        append.main([wrong])
    assert "usage" in capsys.readouterr().err
