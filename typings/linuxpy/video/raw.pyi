"""What the tests use of linuxpy's structures and call numbers."""

from enum import IntEnum

class IOC(IntEnum): ...

def v4l2_fourcc(a: str, b: str, c: str, d: str) -> int: ...
