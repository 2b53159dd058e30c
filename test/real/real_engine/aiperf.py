"""AIPerf as the peer: the same requests at the same offsets, and what it recorded of each."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .llama_server import client_cores
from .measured import Measured


def run(program: Path, url: str, *, model: str, tokenizer: Path, schedule: Path, folder: Path) -> list[Measured]:
    """Leaves its files in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    flags = [
        *("--endpoint-type", "chat", "--streaming", "--custom-dataset-type", "mooncake_trace"),
        *("--fixed-schedule", "--fixed-schedule-auto-offset", "--use-legacy-max-tokens"),
        *("--extra-inputs", "ignore_eos:true", "--ui", "none", "--no-gpu-telemetry", "--no-server-metrics"),
    ]
    places = ["-m", model, "-u", url, "--input-file", str(schedule), "--tokenizer", str(tokenizer)]
    # A hub address that refuses at once. Its offline switch cannot be used: with it, 0.13.0 takes a folder for a hub name.
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_DISABLE_TELEMETRY": "1"}
    folder.mkdir()
    with (folder / "console.txt").open("wb") as console:
        subprocess.run(
            [str(program), "profile", *places, *flags, "--artifact-dir", str(folder)],
            check=True,
            stdout=console,
            stderr=subprocess.STDOUT,
            env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, client_cores()),
        )
    rows = [json.loads(line) for line in (folder / "profile_export.jsonl").read_text().splitlines()]
    return [_measured(row) for row in rows]


def _measured(row: dict) -> Measured:
    about, metrics = row["metadata"], row["metrics"]

    def value(name: str, absent=None):
        return metrics[name]["value"] if name in metrics else absent

    return Measured(
        name=about["conversation_id"],
        ok=row.get("error") is None and not about["was_cancelled"],
        output_tokens=value("output_sequence_length", 0),
        usage_output_tokens=value("usage_completion_tokens"),
        sent_ns=about["request_start_ns"],
        ended_ns=about["request_end_ns"],
        ttft_ms=value("time_to_first_token", float("nan")),
        tpot_ms=value("inter_token_latency", float("nan")),
        gaps_ms=value("inter_chunk_latency", []),
        connecting_ms=value("http_req_connecting", float("nan")),
        prompt_tokens=value("input_sequence_length"),
        usage_prompt_tokens=value("usage_prompt_tokens"),
        error=None if row.get("error") is None else str(row["error"]),
    )
