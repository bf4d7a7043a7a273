#!/usr/bin/python3
"""A distribution that checks itself in the fault runs; it answers at the ports of the example's guest (images/guest):

    7778  gives back what comes
    7779  compares what it has written to its memory and to the files of its arguments with what is there
          -> mb= bad= disk_writes= disk_errors= disk_bad=
    7780  -> uptime= ticks= boot_id=

Errors are reads and writes that failed, and lines of the kernel's log that tell of one.
"""

import mmap
import os
import random
import socket
import socketserver
import sys
import threading
import time
import zlib

MIB = 1 << 20
MEMORY_MIB = 64
BLOCK, BLOCKS, STRIDE = 16 * 1024, 256, 97
WRITE_EVERY = 0.02  # seconds
FLUSH_EVERY = 16  # writes


class Memory:
    """Pages that nobody writes to, and their checksums."""

    def __init__(self):
        self.pieces = [os.urandom(MIB) for _ in range(MEMORY_MIB)]
        self.sums = [zlib.crc32(piece) for piece in self.pieces]

    def bad(self):
        return sum(zlib.crc32(piece) != check for piece, check in zip(self.pieces, self.sums))


class Disk(threading.Thread):
    """Writes blocks to a file all the while, past the cache, each with bytes that no other one has."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600)
        os.posix_fallocate(self.fd, 0, BLOCK * BLOCKS)
        self.buffer = mmap.mmap(-1, BLOCK)  # aligned, as that needs
        self.one_at_a_time = threading.Lock()
        self.last = {}  # place: number of the write that was acknowledged there last
        self.writes = self.errors = self.bad = 0

    def run(self):
        while True:
            with self.one_at_a_time:
                self.attempt(self.put)
            time.sleep(WRITE_EVERY)

    def attempt(self, action, *arguments):
        try:
            action(*arguments)
        except OSError as error:
            self.errors += 1
            print(error, flush=True)

    @staticmethod
    def content(number):
        return random.Random(number).randbytes(BLOCK)

    def put(self):
        number = self.writes + 1
        place = number * STRIDE % BLOCKS
        self.last.pop(place, None)  # should it fail, either may be there
        self.buffer[:] = self.content(number)
        if os.pwritev(self.fd, [self.buffer], place * BLOCK) != BLOCK:
            raise OSError("short write")
        if number % FLUSH_EVERY == 0:
            os.fdatasync(self.fd)
        self.writes = self.last[place] = number

    def get(self, place, number):
        if os.preadv(self.fd, [self.buffer], place * BLOCK) != BLOCK:
            raise OSError("short read")
        self.bad += self.buffer[:] != self.content(number)

    def verify(self):
        with self.one_at_a_time:
            for place, number in self.last.items():
                self.attempt(self.get, place, number)


def kernel_errors():
    """Lines of the kernel's log."""
    log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    found = 0
    try:
        while True:
            try:
                line = os.read(log, 8192).lower()
            except BrokenPipeError:
                continue  # it was overwritten: the next read goes on behind that
            found += b"i/o error" in line or b"ext4-fs error" in line
    except BlockingIOError:
        return found
    finally:
        os.close(log)


def text(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def echo(connection):
    while data := connection.recv(4096):
        connection.sendall(data)


def verify(connection):
    for disk in disks:
        disk.verify()
    say(
        connection,
        mb=MEMORY_MIB,
        bad=memory.bad(),
        disk_writes=min(disk.writes for disk in disks),
        disk_errors=sum(disk.errors for disk in disks) + kernel_errors(),
        disk_bad=sum(disk.bad for disk in disks),
    )


def uptime(connection):
    seconds = text("/proc/uptime").split()[0]
    say(connection, uptime=seconds, ticks=int(float(seconds)), boot_id=text("/proc/sys/kernel/random/boot_id"))


def say(connection, **facts):
    connection.sendall(" ".join(f"{key}={value}" for key, value in facts.items()).encode() + b"\n")


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.server.serve(self.request)
        except ConnectionError:
            pass  # hung up


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, serve):
        self.serve = serve
        super().__init__(("", port), Handler)


if __name__ == "__main__":
    memory = Memory()
    disks = [Disk(path) for path in sys.argv[1:]]
    if len({os.fstat(disk.fd).st_dev for disk in disks}) < len(disks):
        sys.exit("two files in one file system: one is not mounted")
    for disk in disks:
        disk.start()
    for port, serve in ((7778, echo), (7779, verify), (7780, uptime)):
        threading.Thread(target=Server(port, serve).serve_forever).start()
