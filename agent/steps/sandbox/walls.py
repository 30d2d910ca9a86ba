"""Walls a process builds around itself and cannot take down; the standard library alone.

Landlock says which files there are: what Python needs to be read, and one folder to write to. A
filter of system calls takes away what Landlock does not know: other processes, new ones, sockets,
and the rights, owners and times of files. What of it cannot be had is an error, never a warning.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from errno import EACCES, ENOSYS, EPERM
from pathlib import Path

LEAST_ABI = 3
"""Of Landlock, Linux 6.2: before it a file could be emptied past the rules."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_REMOVE, _MAKE, _REFER = 3 << 4, (1 << 7) | (1 << 8) | (1 << 10) | (1 << 12), 1 << 13
_OWN = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _REMOVE | _MAKE | _REFER
_EVERY_FILE_RIGHT = {3: (1 << 15) - 1, 4: (1 << 15) - 1}
_NEWER_FILE_RIGHTS = (1 << 16) - 1
_TCP = 3
_SIGNALS_AND_SOCKETS = 3

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _SET_DUMPABLE, _DROP_BOUND, _DEATH_SIGNAL = 38, 22, 4, 24, 1
_LAST_CAPABILITY = 63
_X86_64 = 0xC000003E
_OTHER_NUMBERS = 0x40000000  # of x32, the same calls under other numbers
_NEWEST = 462  # mseal; what came later is not known to be harmless
_CLONE, _CLONE3, _THREAD, _PRLIMIT = 56, 435, 0x10000, 302

# fmt: off
_DENIED = (
    41, 57, 58, 59, 322,  # socket, fork, vfork, execve, execveat
    62, 200, 234, 129, 297, 424, 434, 438,  # signals to others, and handles on them
    101, 310, 311, 312, 440,  # ptrace, memory of others, kcmp
    90, 91, 268, 452, 92, 93, 94, 260,  # chmod, chown
    188, 189, 190, 197, 198, 199, 132, 235, 261, 280,  # attributes and times of files
    155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 433, 442,  # mounts, roots, namespaces
    298, 300, 303, 304, 321, 323, 425, 426, 427, 253, 294,  # bpf, io_uring, handles, watches
    248, 249, 250, 319, 447,  # keys, files without a name
    29, 30, 31, 64, 65, 66, 220, 68, 69, 70, 71, 240, 241,  # memory and queues shared with others
    141, 142, 144, 203, 251, 256, 279, 314,  # priorities of others
    103, 135, 159, 163, 164, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 212, 227, 246,
    305, 313, 320, 443,  # the machine itself
)
# fmt: on


class NoWalls(Exception):
    """The machine cannot give the walls; says which."""


def missing() -> str:
    """Say what this machine lacks, in a few words; empty where the walls can be had."""
    if sys.platform != "linux":
        return "code is walled in on Linux only"
    if platform.machine() != "x86_64":
        return f"no filter of system calls is known for {platform.machine()}"
    abi = _libc().syscall(_CREATE_RULESET, None, 0, 1)
    if abi < LEAST_ABI:
        return "Landlock is not on in this kernel, or it is older than Linux 6.2"
    return ""


def enclose(own: str, readable: list[str]) -> None:
    """Leave this process one folder to write to and ``readable`` to read; for good.

    Raises ``NoWalls`` when any part of it fails.
    """
    lacking = missing()
    if lacking:
        raise NoWalls(lacking)
    libc = _libc()
    _do(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    _do(libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
    _landlock(libc, own, readable)
    _drop_capabilities(libc)
    _filter(libc)


def limit(*, memory: int, seconds: int, file_size: int) -> None:
    """Bound memory and sizes of files, in bytes, and time on the processor, in seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))


def die_with_parent(parent: int) -> None:
    """End when the runner does, however that ends."""
    _do(_libc().prctl(_DEATH_SIGNAL, 9, 0, 0, 0), "death signal")
    if os.getppid() != parent:
        sys.exit(1)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _do(answer: int, what: str) -> int:
    if answer < 0:
        raise NoWalls(f"{what}: {os.strerror(ctypes.get_errno())}")
    return answer


def _landlock(libc: ctypes.CDLL, own: str, readable: list[str]) -> None:
    abi = _do(libc.syscall(_CREATE_RULESET, None, 0, 1), "Landlock")
    rights = _EVERY_FILE_RIGHT.get(abi, _NEWER_FILE_RIGHTS)
    sizes = 8 if abi < 4 else 16 if abi < 6 else 24
    asked = struct.pack("=QQQ", rights, _TCP, _SIGNALS_AND_SOCKETS)[:sizes]
    rules = _do(libc.syscall(_CREATE_RULESET, asked, len(asked), 0), "Landlock")
    try:
        _allow(libc, rules, own, _OWN)
        for path in readable:
            if Path(path).exists():
                folder = Path(path).is_dir()
                _allow(libc, rules, path, _READ_FILE | _READ_DIR if folder else _READ_FILE)
        _allow(libc, rules, os.devnull, _READ_FILE | _WRITE_FILE)
        _do(libc.syscall(_RESTRICT_SELF, rules, 0), "Landlock")
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, place)
        _do(libc.syscall(_ADD_RULE, rules, 1, rule, 0), f"Landlock for {path}")
    finally:
        os.close(place)


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    for number in range(_LAST_CAPABILITY + 1):
        libc.prctl(_DROP_BOUND, number, 0, 0, 0)  # fails for those there are not
    header = struct.pack("=Ii", 0x20080522, 0)
    _do(libc.capset(header, bytes(24)), "capabilities")


def _filter(libc: ctypes.CDLL) -> None:
    program = _program()
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _do(libc.prctl(_SET_SECCOMP, 2, head, 0, 0), "system call filter")


def _program() -> bytes:
    """Write the filter: what is not refused is allowed."""
    load, equal, above, masked, give = 0x20, 0x15, 0x25, 0x45, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    refuse, unknown = 0x00050000 | EPERM, 0x00050000 | ENOSYS
    number, machine, first = 0, 4, 16
    lines = [
        (load, 0, 0, machine), (equal, 1, 0, _X86_64), (give, 0, 0, kill),
        (load, 0, 0, number), (masked, 0, 1, _OTHER_NUMBERS), (give, 0, 0, kill),
        (above, 0, 1, _NEWEST), (give, 0, 0, unknown),
        # Without it the C library asks for threads in the way that can be looked into.
        (equal, 0, 1, _CLONE3), (give, 0, 0, unknown),
        (equal, 0, 4, _CLONE), (load, 0, 0, first), (masked, 1, 0, _THREAD), (give, 0, 0, refuse),
        (give, 0, 0, allow),
        (equal, 0, 4, _PRLIMIT), (load, 0, 0, first), (equal, 1, 0, 0), (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]  # fmt: skip
    for denied in dict.fromkeys(_DENIED):
        answer = 0x00050000 | (EACCES if denied == _DENIED[0] else EPERM)
        lines += [(equal, 0, 1, denied), (give, 0, 0, answer)]
    lines.append((give, 0, 0, allow))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
