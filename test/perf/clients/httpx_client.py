"""A client on httpx that stamps each line as it is handed over, as the load testers built on httpx do."""

import time

import httpx

from recording import begin_one_a_millisecond, main, read_event


async def read_streams(url: str, body: dict, count: int) -> list[dict]:
    unlimited = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=None, limits=unlimited, verify=False) as client:

        async def read_stream() -> dict:
            stream = {"response_id": "", "stamps_ns": []}
            async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    stamp_ns = time.monotonic_ns()
                    read_event(line, stamp_ns, stream)
            return stream

        return await begin_one_a_millisecond(count, read_stream)


main(read_streams)
