"""Searches the real engine's capacity by `fluidscope capacity`, twice: the second time nothing may be run again."""

import argparse
import json
import subprocess
import sys

from .__main__ import CACHE, free_port, say_machine
from .fluidscope import PROGRAM
from .llama_server import LlamaServer
from .model import NAME, model_file
from .report import Report
from . import checks

# A small engine on one core answers some requests a second: rough, so that it takes minutes.
SLO = "p80_ttft<=2s error_rate<=5%"
SEARCH = [
    *("--ttft-deadline", "2s", "--tbt-deadline", "100ms"),
    *("--isl", "24", "--osl", "24", "--ignore-eos", "--server-metrics", "auto"),
    *("--precision", "30%", "--point-requests", "40", "--max-duration", "4m"),
]


def search(url: str, folder, slo: str) -> dict:
    arguments = ["--url", url, "--model", NAME, "--extra-body", json.dumps(checks.GREEDY), "--output", str(folder), "--slo", slo]
    finished = subprocess.run(
        ["node", str(PROGRAM), "capacity", *arguments, *SEARCH, "--json"], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(finished.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run test:real -- capacity", description=__doc__)
    parser.add_argument("--slo", default=SLO, help=f"what must hold (default: {SLO})")
    options = parser.parse_args()
    report = Report()
    say_machine(report)
    work = CACHE / "run"
    work.mkdir(parents=True, exist_ok=True)
    folder = work / f"capacity-{free_port()}"
    with LlamaServer(model_file(CACHE), NAME, work, free_port()) as server:
        found = search(server.url, folder, options.slo)
        again = search(server.url, folder, options.slo)
    report.section("Capacity")
    binds = (found["binds"] or {}).get("cause")
    report.check(
        "a capacity is found",
        found["answer"] == "found" and found["low_load"] <= found["load"] <= found["high_load"],
        f"{found['load']} requests/s ({found['low_load']} to {found['high_load']}) within {found['slo']}; "
        f"{found['runs_count']} runs, {found['requests_count']} requests; what binds: {binds}",
    )
    report.check(
        "what binds is told, by another cause than the client",
        binds not in (None, "unknown", "client_lag"),
        f"{binds}: {(found['binds'] or {}).get('headline')}",
    )
    met = [point["load"] for point in found["points"] if point["verdict"] == "met"]
    missed = [point["load"] for point in found["points"] if point["verdict"] in ("not_met", "saturated")]
    report.check(
        "the curve turns once: what is met lies below what is not",
        not met or not missed or min(missed) > 0.7 * max(met),
        f"met up to {max(met, default=None)}, not from {min(missed, default=None)}",
    )
    report.check(
        "the same command runs nothing again and gives the same answer",
        again["new_runs_count"] == 0 and again["load"] == found["load"],
        f"{again['new_runs_count']} new runs, {again['load']} requests/s",
    )
    return 0 if report.finish(work / "capacity-report.json") else 1


if __name__ == "__main__":
    sys.exit(main())
