"""A TCP balancer that asks each server's `/readyz` every second."""

import asyncio
import threading
from contextlib import suppress

EVERY = 1.0
# A server is out after so many probes without a 200, as balancers usually have it.
FALL = 3
PROBE = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Balancer:
    """Hands each connection to the next server that is ready; servers are ports of this machine."""

    def __init__(self) -> None:
        self.servers: list[int] = []
        self.ready: list[int] = []
        self.port = 0
        self._started = threading.Event()
        self._turn = 0
        self._failed: dict[int, int] = {}

    def start(self) -> None:
        """Listen on a free port, `port`, in a thread."""
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._started.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._hand_over, "127.0.0.1", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        while True:
            servers = list(self.servers)
            answers = await asyncio.gather(*(self._is_ready(port) for port in servers))
            for port, is_ready in zip(servers, answers, strict=True):
                # A new server is in after its first 200.
                self._failed[port] = 0 if is_ready else self._failed.get(port, FALL) + 1
            self.ready = [port for port in servers if self._failed[port] < FALL]
            await asyncio.sleep(EVERY)

    async def _is_ready(self, port: int) -> bool:
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(PROBE)
                line = await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return b" 200 " in line

    async def _hand_over(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _attempt in range(100):
            servers = [one for one in self.ready if one in self.servers]
            if servers:
                self._turn += 1
                with suppress(OSError):
                    there = await asyncio.open_connection(
                        "127.0.0.1", servers[self._turn % len(servers)]
                    )
                    await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                    return
            await asyncio.sleep(0.1)
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the sender has finished; a connection that breaks ends the other one."""
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
        return
    writer.close()
