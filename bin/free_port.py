"""Prints a free port of 127.0.0.1: the requested port, else the first free one from 8000 on."""

import socket
import sys

FIRST, COUNT = 8000, 1000


def main() -> None:
    if len(sys.argv) > 1:
        wanted = sys.argv[1]
        if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 65536):
            sys.exit(f"PORT: “{wanted}” is not a port (1 to 65535).")
        if not is_free(int(wanted)):
            sys.exit(f"PORT: {wanted} is taken or not allowed.")
        print(int(wanted))
        return
    for port in range(FIRST, FIRST + COUNT):
        if is_free(port):
            print(port)
            return
    sys.exit(f"No port from {FIRST} to {FIRST + COUNT - 1} is free: name one by PORT.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the web server does: a connection that is still closing does not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
