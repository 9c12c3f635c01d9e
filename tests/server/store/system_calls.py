"""SQLite's system calls in this process, of which a chosen one fails: what its own tests do, over ctypes."""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_size_t, c_void_p
from typing import Any

__all__ = ["NAMES", "REACHABLE", "SystemCalls", "intercepted"]

REACHABLE = hasattr(_sqlite3, "__file__")
"""Some builds of Python have SQLite within themselves, out of reach."""

_FD, _PATH, _BYTES, _SIZE, _AT = c_int, c_char_p, c_void_p, c_size_t, c_int64
_TYPES: dict[str, tuple[Any, ...]] = {
    "open": (c_int, _PATH, c_int, c_int),
    "unlink": (c_int, _PATH),
    "fstat": (c_int, _FD, _BYTES),
    "read": (c_int64, _FD, _BYTES, _SIZE),
    "pread": (c_int64, _FD, _BYTES, _SIZE, _AT),
    "pread64": (c_int64, _FD, _BYTES, _SIZE, _AT),
    "write": (c_int64, _FD, _BYTES, _SIZE),
    "pwrite": (c_int64, _FD, _BYTES, _SIZE, _AT),
    "pwrite64": (c_int64, _FD, _BYTES, _SIZE, _AT),
    "ftruncate": (c_int, _FD, _AT),
    "fallocate": (c_int, _FD, _AT, _AT),
    "mmap": (c_int64, _BYTES, _SIZE, c_int, c_int, _FD, _AT),
}
NAMES = tuple(_TYPES)
"""Those that can be made to fail. `fsync` is none of those that SQLite lets be replaced."""


class _Vfs(Structure):
    """``sqlite3_vfs``; of its methods the three at the end are called."""


_Set = CFUNCTYPE(c_int, POINTER(_Vfs), c_char_p, c_void_p)
_Get = CFUNCTYPE(c_void_p, POINTER(_Vfs), c_char_p)
_Vfs._fields_ = [
    ("version", c_int),
    ("file_size", c_int),
    ("longest_path", c_int),
    ("next", c_void_p),
    ("name", c_char_p),
    ("data", c_void_p),
    ("methods", c_void_p * 13),
    ("set", _Set),
    ("get", _Get),
]


class SystemCalls:
    """Counts the calls, and has the one that is ``left`` calls away fail with ``errno``, once."""

    def __init__(self) -> None:
        self.left = 0
        self.errno = 0
        self.failed = ""

    def arm(self, nth: int, errno: int) -> None:
        """Have the n-th from now on fail."""
        self.left, self.errno, self.failed = nth, errno, ""

    def disarm(self) -> None:
        """Let all pass."""
        self.left = 0

    def fails(self, name: str) -> bool:
        """Take note of a call; whether it is the one."""
        self.left -= 1
        if self.left:
            return False
        self.failed = name
        ctypes.set_errno(self.errno)
        return True


@contextmanager
def intercepted() -> Iterator[SystemCalls]:
    """Put ours in front of SQLite's calls, for every connection of this process, and take them away again.

    Raises:
        AttributeError: this Python's SQLite cannot be reached from outside.
    """
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)
    assert vfs.contents.version >= 3
    calls = SystemCalls()
    ours = []
    for name, types in _TYPES.items():
        address = vfs.contents.get(vfs, name.encode())
        if address is not None:
            form = CFUNCTYPE(*types, use_errno=True)
            ours.append(form(_in_front_of(calls, name, form(address))))
            vfs.contents.set(vfs, name.encode(), ctypes.cast(ours[-1], c_void_p))
    try:
        yield calls
    finally:
        for name in NAMES:
            vfs.contents.set(vfs, name.encode(), None)  # SQLite's own again


def _in_front_of(calls: SystemCalls, name: str, real: Callable[..., int]) -> Callable[..., int]:
    def call(*words: Any) -> int:
        return -1 if calls.fails(name) else real(*words)

    return call
