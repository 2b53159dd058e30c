"""Lays a client's measurements beside the server's own timings of the same requests."""

from dataclasses import dataclass

from .llama_server import ServerTiming
from .measured import Measured


@dataclass(frozen=True)
class Pair:
    measured: Measured
    server: ServerTiming
    # From the server's own first token (its slot's start and its prompt time) to the client's stamp of it.
    first_token_delay_ms: float

    @property
    def ttft_over_prompt_ms(self) -> float:
        """The client's TTFT less the server's prompt time: network, parsing, queue, and half-done steps of others."""
        return self.measured.ttft_ms - self.server.prompt_ms

    @property
    def tpot_difference_pct(self) -> float:
        return 100 * (self.measured.tpot_ms / self.server.per_token_ms - 1)


def pair(measured: list[Measured], server: list[ServerTiming]) -> list[Pair]:
    """
    Finds each request in the server's log by its number of output tokens, which is its own in a set. Both sides read
    CLOCK_MONOTONIC or the wall clock, from origins that are unknown here: they are laid so that no request ends at the
    client before it ends at the server. What all requests are late by alike is therefore not seen in the delays.
    """
    by_length = {timing.output_tokens: timing for timing in server}
    if len(by_length) != len(server) or len(server) != len(measured):
        raise ValueError(
            f"Expected {len(measured)} requests of different lengths in the server's log but received {len(server)},"
            f" of {len(by_length)} lengths"
        )
    found = [(one, by_length[one.usage_output_tokens]) for one in measured]
    origin_ns = min(one.ended_ns - timing.ended_us * 1e3 for one, timing in found)
    return [
        Pair(one, timing, (one.first_token_ns - origin_ns - timing.first_token_us * 1e3) / 1e6) for one, timing in found
    ]
