"""Measures the engine's prefill alone, and holds the fitted curve against the prompt times in the engine's own log."""

import argparse
import json
import subprocess
import sys

from .__main__ import CACHE, free_port, say_machine
from .fluidscope import PROGRAM
from .llama_server import SLOTS, LlamaServer
from .model import NAME, model_file, tokenizer_folder
from .report import Report, median, quantile

LENGTHS = "32,64,128,256,512,768"


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run test:real -- prefill", description=__doc__)
    parser.add_argument("--lengths", default=LENGTHS, help=f"prompt lengths, tokens (default: {LENGTHS})")
    parser.add_argument("--requests", type=int, default=10, help="requests of each length (default: 10)")
    options = parser.parse_args()
    work = CACHE / "run" / "prefill"
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    model = model_file(CACHE)
    tokenizer = tokenizer_folder(CACHE, model)
    say_machine(report)
    report.section("Prefill against prompt length")
    profile_path = work / "prefill.json"
    trace = work / "prefill.duckdb"
    with LlamaServer(model, NAME, work, free_port()) as server:
        endpoint = ["-u", server.url, "-m", NAME, "--tokenizer", str(tokenizer), "--quiet", "--overwrite"]
        measure = ["--lengths", options.lengths, "--requests-per-length", str(options.requests)]
        mark = server.mark()
        printed = _fluidscope("prefill", *endpoint, *measure, "-o", str(profile_path))
        timings = server.timings(mark)
        load = ["--concurrency", "1", "--num-requests", "8", "--isl", "uniform:64-512", "--osl", "8", "--json", "--no-diagnosis"]
        run = json.loads(
            _fluidscope("run", *endpoint, *load, "--prefill-profile", str(profile_path), "-o", str(trace))
        )
    report.note(f"{SLOTS} slots, {options.requests} requests of each length.\n\n```\n{printed}```")
    profile = json.loads(profile_path.read_text())
    _hold_against_log(report, profile, timings)
    fluidity = run["fluidity"]
    report.check(
        "a run takes each request's first-token deadline from it",
        fluidity["own_ttft_deadlines_ns"] is not None and run["load"]["ok_requests"] == 8,
        f"{run['load']['ok_requests']} of 8 requests, deadlines {fluidity['own_ttft_deadlines_ns']}, {fluidity['missed_deadlines']} of {fluidity['total_deadlines']} missed",
    )
    return 0 if report.finish(work / "prefill-report.json") else 1


def _hold_against_log(report: Report, profile: dict, timings: list) -> None:
    points = profile["points"]
    fit = profile["fit"]
    report.check("every request is a point", not profile["failures"], f"{len(points)} points, {len(profile['failures'])} failures")
    report.check("the server counts the prompts", profile["prompt_tokens_source"] == "server_usage", str(profile["prompt_tokens_source"]))
    by_length: dict[int, list[float]] = {}
    for timing in timings:
        by_length.setdefault(timing.prompt_tokens, []).append(timing.prompt_ms)
    lengths = fit["by_length"]
    logged = [by_length.get(round(length["prompt_tokens"]), []) for length in lengths]
    report.check(
        "every request is in the engine's log, with its length",
        all(len(times) >= length["count"] for times, length in zip(logged, lengths)),
        f"{len(lengths)} lengths",
    )
    known = [(length, median(times)) for length, times in zip(lengths, logged) if times]
    ratios = [length["median_ns"] / 1e6 / prompt_ms for length, prompt_ms in known]
    report.check(
        "measured TTFT is the engine's own prompt time and little more",
        len(ratios) == len(lengths) and all(0.95 <= ratio <= 1.15 for ratio in ratios),
        f"TTFT over logged prompt time at {len(ratios)} lengths: {quantile(ratios, 0):.3f} to {quantile(ratios, 1):.3f}",
    )
    # Both medians of a length are of the same requests: the curve is what is held here, not how steady the machine was.
    worst = max(abs(length["residual_ratio"]) for length in lengths)
    report.check("the curve is near the medians", worst < 0.1, f"worst residual {100 * worst:.1f} %")
    predicted = [length["median_ns"] / (1 + length["residual_ratio"]) / 1e6 / prompt_ms for length, prompt_ms in known]
    report.check(
        "the curve tells the engine's own prompt times",
        bool(predicted) and all(0.85 <= ratio <= 1.2 for ratio in predicted),
        f"curve over logged prompt time: {quantile(predicted, 0):.3f} to {quantile(predicted, 1):.3f}",
    )
    prompt_times = [prompt_ms for _, prompt_ms in known]
    report.check("a longer prompt takes longer", prompt_times == sorted(prompt_times), f"{prompt_times[0]:.0f} to {prompt_times[-1]:.0f} ms")


def _fluidscope(*arguments: str) -> str:
    finished = subprocess.run(
        ["node", str(PROGRAM), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if finished.returncode != 0:
        raise SystemExit(f"fluidscope {arguments[0]} ended with {finished.returncode}: {finished.stderr[-500:]}")
    return finished.stdout


if __name__ == "__main__":
    sys.exit(main())
