"""What a client measured of one request, whichever client it was."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    name: str
    ok: bool
    output_tokens: int
    usage_output_tokens: int | None
    # On one clock of the client's; only their differences are used.
    sent_ns: int
    ended_ns: int
    ttft_ms: float
    tpot_ms: float
    # Waits between chunks that carried text, after the first.
    gaps_ms: list[float]
    intended_ns: int | None = None
    connecting_ms: float | None = None
    chunk_tokens: int | None = None
    prompt_tokens: int | None = None
    usage_prompt_tokens: int | None = None
    token_count_source: str | None = None
    error: str | None = None

    @property
    def first_token_ns(self) -> float:
        return self.sent_ns + self.ttft_ms * 1e6
