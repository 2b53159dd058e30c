"""Runs `fluidscope run` and reads its trace with the DuckDB package of Python: another reader than its own."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .llama_server import client_cores
from .measured import Measured

PROGRAM = Path(__file__).resolve().parents[3] / "apps/cli/bin/fluidscope.js"


@dataclass(frozen=True)
class Run:
    # What `--json` printed.
    summary: dict
    requests: list[Measured]


def run(url: str, trace: Path, *flags: str, env: dict[str, str] | None = None) -> Run:
    """Raises when the command fails: its own words are then on stderr."""
    summary = _command("run", "--url", url, "--output", str(trace), "--overwrite", "--quiet", *flags, env=env)
    return Run(summary, _read(trace))


def score(path: Path) -> dict:
    """What `fluidscope score` says of a file of another tool's."""
    return _command("score", str(path))


def diagnose(trace: Path, *flags: str) -> dict:
    """What `fluidscope diagnose` says of a trace."""
    return _command("diagnose", str(trace), *flags)


class Agent:
    """`fluidscope agent` on any free port of loopback, from entry to exit."""

    def __init__(self, *flags: str):
        self._command = ["node", str(PROGRAM), "agent", "--listen", "127.0.0.1:0", "--json", "--quiet", *flags]

    def __enter__(self) -> "Agent":
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self._process.stdout.readline())["url"].replace("http", "ws")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()


def _command(*arguments: str, env: dict[str, str] | None = None) -> dict:
    finished = subprocess.run(
        ["node", str(PROGRAM), *arguments, "--json"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **(env or {})},
        preexec_fn=lambda: os.sched_setaffinity(0, client_cores()),
    )
    return json.loads(finished.stdout)


REQUESTS = """
    SELECT r.request_id, r.status, r.error_code, r.output_tokens, r.usage_output_tokens, r.sent_ns, r.ended_ns,
           r.ttft_from_sent_ns, r.tpot_mean_ns, r.intended_ns, r.prompt_tokens, r.usage_prompt_tokens,
           r.token_count_source, c.tokens, c.gaps_ms
    FROM requests r
    LEFT JOIN (
        SELECT request_id, sum(token_count)::BIGINT AS tokens, list(gap_ms ORDER BY seq) FILTER (gap_ms IS NOT NULL) AS gaps_ms
        FROM (
            SELECT request_id, seq, token_count,
                   (arrival_ns - lag(arrival_ns) OVER (PARTITION BY request_id ORDER BY seq)) / 1e6 AS gap_ms
            FROM chunks WHERE token_count > 0
        ) GROUP BY request_id
    ) c USING (request_id)
    WHERE r.phase = 'measured'
    ORDER BY r.request_id
"""


def _read(trace: Path) -> list[Measured]:
    with duckdb.connect(str(trace), read_only=True) as connection:
        rows = connection.execute(REQUESTS).fetchall()
    return [_measured(row) for row in rows]


def _measured(row: tuple) -> Measured:
    (
        name,
        status,
        error,
        tokens,
        usage,
        sent,
        ended,
        ttft,
        tpot,
        intended,
        prompt,
        usage_prompt,
        source,
        counted,
        gaps,
    ) = row
    return Measured(
        name=name,
        ok=status == "ok",
        output_tokens=tokens or 0,
        usage_output_tokens=usage,
        sent_ns=sent,
        ended_ns=ended,
        ttft_ms=float("nan") if ttft is None else ttft / 1e6,
        tpot_ms=float("nan") if tpot is None else tpot / 1e6,
        gaps_ms=gaps or [],
        intended_ns=intended,
        chunk_tokens=counted or 0,
        prompt_tokens=prompt,
        usage_prompt_tokens=usage_prompt,
        token_count_source=source,
        error=error,
    )
