"""The requests that every client sends, written in the form that each of them reads."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

SUBJECTS = [
    "the sea",
    "a lighthouse",
    "old maps",
    "Köln",
    "bread",
    "東京",
    "the moon",
    "glass",
    "trains",
    "🐉",
]
SHORTEST_OUTPUT = 16


@dataclass(frozen=True)
class Request:
    text: str
    # Different for every request of a set: by it a request is found again in the server's log.
    output_tokens: int


def requests(count: int, seed: int) -> list[Request]:
    draw = random.Random(seed)
    lengths = list(range(SHORTEST_OUTPUT, SHORTEST_OUTPUT + count))
    draw.shuffle(lengths)
    return [Request(_prompt(draw, index), length) for index, length in enumerate(lengths)]


def _prompt(draw: random.Random, index: int) -> str:
    subjects = ", ".join(draw.choices(SUBJECTS, k=draw.randint(1, 12)))
    return f"Story {index}: write on without an end about {subjects}."


def joining(count: int, every: int, long_words: int) -> list[Request]:
    """Stories, of which every so many begins with a long one to read first."""
    draw = random.Random(3)
    return [
        Request(
            (" ".join(draw.choices(SUBJECTS, k=long_words)) + " " if index % every == every - 1 else "")
            + _prompt(draw, index),
            8 if index % every == every - 1 else 96,
        )
        for index in range(count)
    ]


def write_messages(path: Path, load: list[Request]) -> Path:
    """One conversation a line, for `fluidscope run --dataset`."""
    rows = [
        {"messages": [{"role": "user", "content": request.text}], "max_tokens": request.output_tokens}
        for request in load
    ]
    return _write(path, rows)


def write_schedule(path: Path, load: list[Request], offsets_ms: list[float]) -> Path:
    """The same requests at the same offsets, for AIPerf's fixed schedule."""
    rows = [
        {"timestamp": offset, "text_input": request.text, "output_length": request.output_tokens}
        for request, offset in zip(load, offsets_ms, strict=True)
    ]
    return _write(path, rows)


def _write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")
    return path
