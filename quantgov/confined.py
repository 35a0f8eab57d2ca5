"""Runs a command in the namespaces that `unshare` made: `python -I confined.py [FOLDER ...] -- COMMAND ...`.

The loopback device is brought up, as nobody else can, and the folders are made read-only. Whether there is a network
of one's own is looked at, not believed. A file of its own, of the standard library: it runs by its path.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Sequence

NOT_CONFINED = 125
NO_NETWORK = "--no-network"
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
"""Linux: SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP (linux/sockios.h, linux/if.h)."""
READ_ONLY, REMOUNT, BIND, RECURSIVE = 1, 32, 4096, 16384
"""Linux: MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC (linux/mount.h)."""
KEPT = {2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
"""Mount flags as statvfs tells them, and as mount takes them; without one that stands, it refuses (mount(2), EPERM)."""


def cut_off() -> None:
    """Bring up the loopback device. Raises OSError where there is another one: it is somebody else's network."""
    names = [name for _, name in socket.if_nameindex()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = fcntl.ioctl(asked, GET_FLAGS, struct.pack("16sh14x", b"lo", 0))
        (flags,) = struct.unpack_from("h", found, 16)
        fcntl.ioctl(asked, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))
    others = [name for name in names if name != "lo" and not _is_idle(name)]
    if others:
        raise OSError(f"there is a network: {', '.join(others)}")


def _is_idle(name: str) -> bool:
    """Kernels put tunnels into every new namespace; they are down, and lead nowhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = fcntl.ioctl(asked, GET_FLAGS, struct.pack("16sh14x", name.encode()[:15], 0))
    return not struct.unpack_from("h", found, 16)[0] & UP


def protect(folder: str) -> None:
    """Make a folder read-only for whatever runs here. Raises OSError."""
    flags = sum(given for told, given in KEPT.items() if os.statvfs(folder).f_flag & told)
    _mount(folder, BIND | RECURSIVE)
    _mount(folder, BIND | REMOUNT | READ_ONLY | flags)
    if not os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise OSError(f"{folder} is not read-only")


def _mount(folder: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    place = os.fsencode(folder)
    if libc.mount(place, place, None, ctypes.c_ulong(flags), None):
        raise OSError(ctypes.get_errno(), f"cannot mount {folder}")


def attend(command: Sequence[str]) -> int:
    """Start the command and wait for it: the first process of a namespace also has to bury all others."""
    child = os.fork()
    if not child:
        try:
            os.execvp(command[0], tuple(command))  # noqa: S606  # the words are a command, no text for a shell
        finally:
            os._exit(127)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def main(arguments: Sequence[str]) -> int:
    at = arguments.index("--")
    try:
        if NO_NETWORK in arguments[:at]:
            cut_off()
        for folder in arguments[:at]:
            if folder != NO_NETWORK:
                protect(folder)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_CONFINED
    return attend(arguments[at + 1 :])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
