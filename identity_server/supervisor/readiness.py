"""Whether a web process really answers, asked without blocking the supervisor."""

import asyncio
from urllib.parse import urlsplit

PATIENCE = 2.0
PAUSE = 0.1


async def until_it_answers(url: str) -> None:
    while not await answers(url):  # noqa: ASYNC110  it is another process that one waits for
        await asyncio.sleep(PAUSE)


async def answers(url: str) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _status(url) == b"200"
    except OSError:  # not there yet; TimeoutError is one of them
        return False


async def _status(url: str) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline()).split()
    finally:
        writer.close()
    return words[1] if len(words) > 1 else b""
