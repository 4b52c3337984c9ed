"""``python -m bench.viewers.floor bare|blocking DESCRIPTOR FPS PICTURE [PEM]``: serves a listening socket it inherits.

With a PEM file (key and certificate), the bare protocol runs on the event loop's own TLS.

Ends when stdin does.
"""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path

from bench.viewers.floor import bare, blocking
from bench.viewers.floor.wire import Source


def main() -> None:
    """Serves."""
    kind, descriptor, fps, picture, *pem = sys.argv[1:]
    source = Source(float(fps), Path(picture).read_bytes())
    with socket.socket(fileno=int(descriptor)) as listener:
        gc.collect()
        gc.freeze()
        if kind == "blocking":
            blocking.serve(listener, source)
        else:
            bare.serve(listener, source, pem[0] if pem else None)


if __name__ == "__main__":
    main()
