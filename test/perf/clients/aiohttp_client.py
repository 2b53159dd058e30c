"""A client on aiohttp that stamps each line as it is handed over, as the load testers built on aiohttp do."""

import time

import aiohttp

from recording import begin_one_a_millisecond, main, read_event


async def read_streams(url: str, body: dict, count: int) -> list[dict]:
    unlimited = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=False), timeout=unlimited) as session:

        async def read_stream() -> dict:
            stream = {"response_id": "", "stamps_ns": []}
            async with session.post(f"{url}/v1/chat/completions", json=body) as response:
                response.raise_for_status()
                async for line in response.content:
                    stamp_ns = time.monotonic_ns()
                    read_event(line.decode().rstrip(), stamp_ns, stream)
            return stream

        return await begin_one_a_millisecond(count, read_stream)


main(read_streams)
