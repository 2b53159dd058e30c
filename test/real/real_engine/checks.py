"""What must hold between Fluidscope, its trace and the server. Each check says what was seen."""

import json
import math
import subprocess
from pathlib import Path

from . import fluidscope
from .llama_server import LlamaServer
from .measured import Measured
from .report import Report, median, quantile, spread
from .server_comparison import Pair

STREAM_TEXT = Path(__file__).resolve().parents[1] / "stream-text.mjs"
ENDPOINT_TYPES = ["chat", "completions", "llamacpp", "anthropic", "responses"]
PROMPT = "Once upon a time in Köln, 🐉"
GREEDY = {"temperature": 0, "ignore_eos": True}
GREEDY_TOKENS = 48

# The server's two figures are printed to 0.01 ms; the rest is for delivery that differs between the first and last token.
TPOT_MEDIAN_LIMIT_PCT = 1.0
TPOT_P90_LIMIT_PCT = 5.0
DELAY_MEDIAN_LIMIT_MS = 10.0
# Requests in which the model wrote a text otherwise than its tokenizer would, and by how many tokens.
RESAMPLED_REQUESTS_LIMIT = 0.1
RESAMPLED_TOKENS_LIMIT = 2
# Two stamps of user-space clocks may cross by this much where nothing was late.
EARLY_LIMIT_MS = -0.5


def counts_equal_usage(report: Report, name: str, requests: list[Measured]) -> None:
    differing = [
        one for one in requests if not one.ok or not one.output_tokens == one.chunk_tokens == one.usage_output_tokens
    ]
    sources = ", ".join(sorted({str(one.token_count_source) for one in requests}))
    tokens = sum(one.usage_output_tokens or 0 for one in requests)
    report.check(
        f"{name}: tokens of each request's chunks equal the server's usage",
        bool(requests) and not differing,
        f"{len(requests) - len(differing)} of {len(requests)} requests equal, {tokens} tokens by usage; counted by {sources}",
    )


def counts_follow_usage(report: Report, name: str, run: fluidscope.Run) -> None:
    """
    A tokenizer counts the tokens that a text encodes to. A model that samples may write the same text in other, mostly more,
    tokens, so a request can differ by one or two; the run must then say so.
    """
    apart = [abs(one.output_tokens - (one.usage_output_tokens or 0)) for one in run.requests]
    differing = [tokens for tokens in apart if tokens > 0]
    warned = any("usage" in text for text in run.summary["warnings"])
    report.check(
        f"{name}: tokens counted by the model's tokenizer follow the server's usage",
        all(one.output_tokens == one.chunk_tokens for one in run.requests)
        and len(differing) <= RESAMPLED_REQUESTS_LIMIT * len(apart)
        and max(apart) <= RESAMPLED_TOKENS_LIMIT
        and warned == bool(differing),
        f"{len(apart) - len(differing)} of {len(apart)} requests equal, the others apart by at most {max(apart)};"
        f" {sum(one.output_tokens for one in run.requests)} counted, {sum(one.usage_output_tokens or 0 for one in run.requests)}"
        f" by usage; the run {'says that they differ' if warned else 'warns of nothing'}",
    )


def json_agrees_with_trace(report: Report, run: fluidscope.Run) -> None:
    """`--json` and another reader of the trace file say the same."""
    ttft_p50_ns = run.summary["latency"]["ttft_from_sent_ns"]["p50"]
    read_p50_ns = quantile([one.ttft_ms * 1e6 for one in run.requests], 0.5)
    tokens = sum(one.output_tokens for one in run.requests)
    gaps = sum(len(one.gaps_ms) for one in run.requests)
    chunk_waits = run.summary["latency"]["inter_chunk_time_ns"]["count"]
    report.check(
        "--json and the trace, read by Python's DuckDB, agree",
        abs(ttft_p50_ns - read_p50_ns) < 1 and run.summary["load"]["output_tokens"] == tokens and chunk_waits == gaps,
        f"TTFT from send p50 {ttft_p50_ns / 1e6:.3f} and {read_p50_ns / 1e6:.3f} ms,"
        f" {run.summary['load']['output_tokens']} and {tokens} tokens, {chunk_waits} and {gaps} waits between chunks",
    )


def agrees_with_server(report: Report, name: str, pairs: list[Pair]) -> None:
    tpot = [abs(pair.tpot_difference_pct) for pair in pairs]
    report.check(
        f"{name}: TPOT equals the server's predicted_per_token_ms",
        median(tpot) <= TPOT_MEDIAN_LIMIT_PCT and quantile(tpot, 0.9) <= TPOT_P90_LIMIT_PCT,
        f"they differ by {median(tpot):.3f} % (median), {quantile(tpot, 0.9):.3f} % (p90), {max(tpot):.3f} % (worst);"
        f" allowed {TPOT_MEDIAN_LIMIT_PCT} % and {TPOT_P90_LIMIT_PCT} % (p90)",
    )
    delays = [pair.first_token_delay_ms for pair in pairs]
    report.check(
        f"{name}: the first token arrives when the server says that it was made",
        min(delays) >= EARLY_LIMIT_MS and median(delays) <= DELAY_MEDIAN_LIMIT_MS,
        f"{median(delays):.2f} ms later (median), {min(delays):.2f} to {max(delays):.2f} ms;"
        f" allowed {DELAY_MEDIAN_LIMIT_MS} ms (median), none before {EARLY_LIMIT_MS} ms",
    )


def prompt_time_explains_ttft(report: Report, pairs: list[Pair]) -> None:
    """One request at a time: nothing queues, so TTFT is the server's prompt time and what surrounds it."""
    over = [pair.ttft_over_prompt_ms for pair in pairs]
    report.check(
        "one at a time: TTFT is the server's prompt_ms and a little more",
        min(over) >= EARLY_LIMIT_MS and median(over) <= DELAY_MEDIAN_LIMIT_MS,
        f"{median(over):.2f} ms more (median), {min(over):.2f} to {max(over):.2f} ms;"
        f" allowed {DELAY_MEDIAN_LIMIT_MS} ms (median), none before {EARLY_LIMIT_MS} ms",
    )


def load_was_delivered(report: Report, run: fluidscope.Run, rate_per_s: float) -> None:
    failed = [one for one in run.requests if not one.ok]
    report.check(
        "Poisson load over 4 slots: no request failed",
        bool(run.requests) and not failed,
        f"{len(run.requests) - len(failed)} of {len(run.requests)} ok"
        + "".join(f"; {one.name}: {one.error}" for one in failed[:3]),
    )
    late = [(one.sent_ns - one.intended_ns) / 1e6 for one in run.requests]
    report.check(
        "Poisson load: each request left at its intended time",
        min(late) >= 0 and quantile(late, 0.5) <= 5,
        f"late by {quantile(late, 0.5):.2f} ms (median), {quantile(late, 0.99):.2f} ms (p99), {max(late):.2f} ms (worst);"
        " allowed 5 ms (median)",
    )
    times = sorted(one.intended_ns / 1e9 for one in run.requests)
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    distance, limit = kolmogorov_smirnov(gaps, rate_per_s), 1.63 / math.sqrt(len(gaps))
    report.check(
        f"Poisson load: gaps are exponential with {rate_per_s} a second",
        distance < limit,
        f"mean gap {1000 * sum(gaps) / len(gaps):.1f} ms, planned {1000 / rate_per_s:.1f} ms;"
        f" Kolmogorov-Smirnov distance {distance:.3f}, 1 % limit {limit:.3f}",
    )


def kolmogorov_smirnov(gaps_s: list[float], rate_per_s: float) -> float:
    ordered = sorted(gaps_s)
    expected = [1 - math.exp(-rate_per_s * gap) for gap in ordered]
    return max(
        max(value - index / len(ordered), (index + 1) / len(ordered) - value) for index, value in enumerate(expected)
    )


def endpoints_read_alike(report: Report, server: LlamaServer, model: str) -> None:
    """The text of a greedy stream, put together by our client, against the same answer sent whole to another client."""
    printed = subprocess.run(
        ["node", str(STREAM_TEXT), server.url, model, PROMPT, str(GREEDY_TOKENS), *ENDPOINT_TYPES],
        check=True,
        stdout=subprocess.PIPE,
    )
    streams = json.loads(printed.stdout)
    rows = []
    for kind in ENDPOINT_TYPES:
        text, outcome = streams[kind]["text"], streams[kind]["outcome"]
        whole = _whole_answer(server, kind, model)
        passed = outcome["status"] == "ok" and text != "" and text == whole
        rows.append(
            [
                kind,
                outcome["status"],
                str(outcome.get("finishReason")),
                str(streams[kind]["chunksCount"]),
                str(outcome.get("usageOutputTokens")),
                str(len(text)),
                "equal" if text == whole else "DIFFERENT",
            ]
        )
        report.check(f"{kind}: a stream ends ok and its text is the answer", passed, f"{len(text)} characters")
    report.table(
        [
            "endpoint type",
            "status",
            "finish reason",
            "events",
            "usage tokens",
            "characters",
            "text against the answer sent whole",
        ],
        rows,
    )


def _whole_answer(server: LlamaServer, kind: str, model: str) -> str:
    message = [{"role": "user", "content": PROMPT}]
    base = {**GREEDY, "model": model}
    match kind:
        case "chat":
            body = server.post("/v1/chat/completions", {**base, "messages": message, "max_tokens": GREEDY_TOKENS})
            return body["choices"][0]["message"]["content"]
        case "completions":
            body = server.post("/v1/completions", {**base, "prompt": PROMPT, "max_tokens": GREEDY_TOKENS})
            return body["choices"][0]["text"]
        case "llamacpp":
            return server.post("/completion", {**base, "prompt": PROMPT, "n_predict": GREEDY_TOKENS})["content"]
        case "anthropic":
            body = server.post("/v1/messages", {**base, "messages": message, "max_tokens": GREEDY_TOKENS})
            return "".join(block["text"] for block in body["content"])
        case "responses":
            body = server.post("/v1/responses", {**base, "input": PROMPT, "max_output_tokens": GREEDY_TOKENS})
            return "".join(part["text"] for item in body["output"] for part in item["content"])
    raise ValueError(f"Expected one of {ENDPOINT_TYPES} for kind but received {kind}")


def score_reads_the_peer(report: Report, folder: Path) -> None:
    """`fluidscope score` on AIPerf's records gives the distributions that AIPerf computed of them itself."""
    own = json.loads((folder / "profile_export_aiperf.json").read_text())
    scored = fluidscope.score(folder / "profile_export.jsonl")
    names = {"time_to_first_token": "ttft_ns", "inter_chunk_latency": "inter_chunk_time_ns"}
    figures = {
        "avg": "mean",
        "min": "min",
        "p50": "p50",
        "p90": "p90",
        "p99": "p99",
        "max": "max",
        "std": "std",
    }
    worst_ns = max(
        abs(scored[ours][figure] - own[theirs][name] * 1e6)
        for theirs, ours in names.items()
        for name, figure in figures.items()
    )
    report.check(
        "fluidscope score reads AIPerf's profile_export.jsonl as AIPerf does",
        worst_ns < 1 and scored["ok_requests"] == own["time_to_first_token"]["count"],
        f"{scored['ok_requests']} requests; mean, least, p50, p90, p99, most and standard deviation of TTFT and of the waits"
        f" between chunks differ by at most {worst_ns:.1e} ns",
    )


def timing_rows(name: str, pairs: list[Pair]) -> list[list[str]]:
    return [
        [f"{name}: TTFT less server's prompt_ms, ms", *spread([pair.ttft_over_prompt_ms for pair in pairs])],
        [
            f"{name}: first token after the server's, ms",
            *spread([pair.first_token_delay_ms for pair in pairs]),
        ],
        [
            f"{name}: TPOT against predicted_per_token_ms, %",
            *spread([pair.tpot_difference_pct for pair in pairs], 3),
        ],
    ]
