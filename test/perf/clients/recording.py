"""What both Python clients share: when streams begin, what an event says, what is reported at the end."""

import asyncio
import json
import os
import resource
import sys
import threading
import time


def read_event(line: str, stamp_ns: int, stream: dict) -> None:
    """Takes one line of a stream; a token's stamp is the clock as it was when the library handed the line over."""
    if not line.startswith("data: ") or line.startswith("data: [DONE]"):
        return
    event = json.loads(line[6:])
    stream["response_id"] = event["id"]
    if event["choices"] and event["choices"][0]["delta"].get("content"):
        stream["stamps_ns"].append(stamp_ns)


async def block_each_second() -> None:
    while True:
        await asyncio.sleep(1)
        time.sleep(0.1)


def allocate_beside() -> None:
    while True:
        until = time.monotonic() + 0.02
        kept = []
        while time.monotonic() < until:
            kept.append({"text": "x" * 64, "at": time.monotonic()})
        time.sleep(0.08)


async def begin_one_a_millisecond(count: int, read_stream) -> list[dict]:
    # As disturb.mjs does to the others.
    disturb = os.environ.get("DISTURB")
    blocking = asyncio.create_task(block_each_second()) if disturb == "blocked" else None
    if disturb == "gc":
        threading.Thread(target=allocate_beside, daemon=True).start()
    start = time.monotonic()
    streams = []
    for index in range(count):
        await asyncio.sleep(max(0.0, start + index / 1000 - time.monotonic()))
        streams.append(asyncio.create_task(read_stream()))
    finished = await asyncio.gather(*streams)
    if blocking is not None:
        blocking.cancel()
    return finished


def request_body(model: str, tokens: int) -> dict:
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Say something."}],
        "max_tokens": tokens,
        "ignore_eos": True,
        "stream": True,
    }


def cpu_us() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6


def main(read_streams) -> None:
    """usage: CLIENT.py URL MODEL STREAMS TOKENS OUT"""
    url, model, streams, tokens, out = sys.argv[1:]
    start_us = cpu_us()
    finished = asyncio.run(read_streams(url, request_body(model, int(tokens)), int(streams)))
    used_us = cpu_us() - start_us
    with open(out, "w") as rows:
        for stream in finished:
            for index, stamp_ns in enumerate(stream["stamps_ns"]):
                rows.write(f"{stream['response_id']},{index},{stamp_ns}\n")
    print(json.dumps({"cpu_us": used_us}))
