"""``python -m bench.index``: what starts, lists, look-ups, downloads, captures cost as the number of photos grows."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.index import serving, writing
from bench.index.roots import make_root
from bench.machine import facts


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.index", description=__doc__)
    parser.add_argument("--photos", type=int, nargs="*", default=[0, 1000, 100_000, 1_000_000], help="in each root")
    parser.add_argument("--captures", type=int, default=500, help="rows of captures that are timed in either state")
    parser.add_argument("--folder", type=Path, help="where the roots are made; default: a temporary folder")
    wanted = parser.parse_args()
    print(", ".join(f"{fact} {value}" for fact, value in facts().items()))
    columns: list[dict[str, str]] = []
    for photos in wanted.photos:
        with tempfile.TemporaryDirectory(prefix="photonic-bench-", dir=wanted.folder) as name:
            columns.append(_column(Path(name), photos, wanted.captures))
            print(f"measured: {columns[-1]}", flush=True)
    print("| | " + " | ".join(f"{photos:,}" for photos in wanted.photos) + " |")
    print("| --- |" + " --- |" * len(columns))
    for row in columns[0]:
        print(f"| {row} | " + " | ".join(column[row] for column in columns) + " |")


def _column(folder: Path, photos: int, captures: int) -> dict[str, str]:
    filled_seconds, upgraded_seconds = make_root(folder, photos)
    index_mb = (folder / ".photonic" / "captures.sqlite3").stat().st_size / 1_000_000
    served = serving.measure(folder, photos)
    written = writing.measure(folder, captures)
    return {
        "size of the index": f"{index_mb:.1f} MB",
        "upgrade from version 12": f"{upgraded_seconds:.1f} s",
        "made in": f"{filled_seconds:.1f} s",
        "start to the first list": f"{served.ready_seconds:.2f} s",
        **{f"first page of {page}": f"{ms:.1f} ms" for page, ms in served.pages_ms.items()},
        "look-up of a capture, p99": f"{served.lookup_ms:.1f} ms",
        "memory after the lists": f"{served.memory_mb:.1f} MB",
        "ZIP of the large session": "-" if served.zip_seconds is None else f"{served.zip_seconds:.1f} s",
        "its files": str(served.zip_files),
        "peak of memory with it": f"{served.zip_memory_mb:.1f} MB",
        "row of a capture, p99, nothing else": f"{written.quiet_p99_ms:.1f} ms",
        "p99 with lists, ZIP, verification and copies": f"{written.busy_p99_ms:.1f} ms",
        "longest other piece": f"{written.longest_ms:.1f} ms",
        "copies begun": str(written.copies),
    }


if __name__ == "__main__":
    main()
