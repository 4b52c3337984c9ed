"""``python -m bench.viewers.floor bare|blocking DESCRIPTOR FPS PICTURE``: serves a listening socket it inherits.

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
    kind, descriptor, fps, picture = sys.argv[1:]
    source = Source(float(fps), Path(picture).read_bytes())
    with socket.socket(fileno=int(descriptor)) as listener:
        serve = blocking.serve if kind == "blocking" else bare.serve
        gc.collect()
        gc.freeze()
        serve(listener, source)


if __name__ == "__main__":
    main()
