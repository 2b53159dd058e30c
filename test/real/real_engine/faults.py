"""Faults made for real, each from entry to exit of a `with`. All leave nothing behind."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .llama_server import SERVER_CORE

PAUSE_S = 0.3
MEAN_BETWEEN_PAUSES_S = 2.0
NEIGHBOURS = 3
LOST_PCT = 3
CLIENT_ADDRESS, ENGINE_ADDRESS = "10.213.9.1", "10.213.9.2"
# The event loop of a client stands still for 400 ms in every 1.5 s.
BLOCKING = (
    "data:text/javascript,"
    "setInterval(()=>{const%20to=Date.now()+400;while(Date.now()%3Cto);},1500).unref();"
)


@contextmanager
def paused_at_random(pid: int) -> Iterator[None]:
    """SIGSTOP to a process for 300 ms, at random."""
    done = threading.Event()
    draw = random.Random(5)

    def pause() -> None:
        while not done.wait(PAUSE_S + draw.expovariate(1 / MEAN_BETWEEN_PAUSES_S)):
            os.kill(pid, signal.SIGSTOP)
            done.wait(PAUSE_S)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=pause)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def neighbours_on_its_core() -> Iterator[None]:
    """Busy loops on the engine's core, half of the time."""
    burn = "import time\nwhile True:\n t=time.time()+3\n while time.time()<t: pass\n time.sleep(3)"
    burners = [
        subprocess.Popen(
            [sys.executable, "-c", burn], preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE})
        )
        for _ in range(NEIGHBOURS)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def why_no_network() -> str | None:
    """Why no network of its own can be had here; None where it can."""
    if os.geteuid() != 0:
        return "it needs root"
    missing = [name for name in ("ip", "nft") if shutil.which(name) is None]
    return f"there is no {' and no '.join(missing)}" if missing else None


@contextmanager
def network_of_its_own() -> Iterator[tuple[str, ...]]:
    """A namespace at the end of a cable; yields the command that runs another one in it."""
    name, near = f"fluidscope-real-{os.getpid()}", "fsreal0"
    within = ("ip", "netns", "exec", name)
    _do("ip", "netns", "add", name)
    try:
        _do("ip", "link", "add", near, "type", "veth", "peer", "name", "cable", "netns", name)
        _do("ip", "address", "add", f"{CLIENT_ADDRESS}/30", "dev", near)
        _do("ip", "link", "set", near, "up")
        _do("ip", "-n", name, "address", "add", f"{ENGINE_ADDRESS}/30", "dev", "cable")
        for device in ("lo", "cable"):
            _do("ip", "-n", name, "link", "set", device, "up")
        yield within
    finally:
        # The cable goes with it.
        _do("ip", "netns", "del", name)


@contextmanager
def packets_lost(within: tuple[str, ...]) -> Iterator[None]:
    """nftables drops so many of a hundred packets that leave the engine."""
    _do(*within, "nft", "add table inet loss")
    _do(*within, "nft", "add chain inet loss out { type filter hook output priority 0; }")
    drop = f'add rule inet loss out oifname "cable" numgen random mod 100 < {LOST_PCT} counter drop'
    _do(*within, "nft", drop)
    try:
        yield
    finally:
        _do(*within, "nft", "delete table inet loss")


def _do(*command: str) -> None:
    subprocess.run(command, check=True)
