"""``python -m bench.viewers.drain``: takes orders on stdin, one JSON object a line, and answers each with one.

The first says where to connect; ends when stdin does.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from bench.viewers.drain.drain import Drain
from bench.viewers.drain.viewer import Target, Transport


def obey(drain: Drain, order: dict[str, Any]) -> Any:
    """The answer to one order."""
    match order:
        case {"good": int(good), "slow": int(slow)}:
            drain.join(good, slow)
            return {"joined": good + slow}
        case {"seconds": float(seconds), "arrivals": bool(arrivals)}:
            return drain.measure(seconds, arrivals=arrivals)
        case _:
            raise ValueError(f"no order: {order}")


def main() -> None:
    """Obeys until stdin ends."""
    gc.disable()
    # Unbuffered: an order that waits in a buffer wakes nobody.
    orders, answers = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False), sys.stdout  # noqa: SIM115 - it lasts
    first = json.loads(orders.readline())
    target = Target(
        first["host"],
        first["port"],
        first["path"],
        Transport(first["transport"]),
        first["token"],
        first["tls_frame_bytes"],
    )
    drain = Drain(target, first["slow_bytes_a_second"])
    try:
        while True:
            drain.idle(orders.fileno())
            line = orders.readline()
            if not line:
                return
            try:
                answer = obey(drain, json.loads(line))
            except (OSError, TimeoutError) as error:
                answer = {"error": str(error)}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    finally:
        drain.close()


if __name__ == "__main__":
    main()
