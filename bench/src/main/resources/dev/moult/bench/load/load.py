#!/usr/bin/python3
"""The benchmark's program in the guest. A connection to its port sends one line, a verb and its words:

    fill                              writes all of both disks' areas once          -> done=1
    disk DISK PATTERN MILLIS          one thread, past the guest's cache            -> bytes= micros=
    send MILLIS BYTES                 zeros, as fast as they go or BYTES a second; 0 MILLIS: until it is hung up
    receive                           reads until the other side has sent its last  -> bytes=
    echo                              gives back what comes
    verify                            verified writes on both disks until a line comes
                                      -> writes= reads= checked= errors= bad= kernel=
"""

import mmap
import os
import random
import socket
import socketserver
import struct
import threading
import time
import zlib

PORT = 9000
DISKS = {"data": "/dev/disk/by-id/virtio-data", "root": "/var/lib/moult-load"}
MIB = 1 << 20
AREA = 64 * MIB  # of the throughput's blocks; the verified ones lie behind it
BLOCK, SLOTS = 16 * 1024, 1024
HEAD = struct.Struct("<QQ")  # number of the write, slot
CHECKSUM = struct.Struct("<I")


class Disk:
    """A device or file, opened past the cache, and a buffer that is aligned as that needs."""

    def __init__(self, name, size):
        self.fd = os.open(DISKS[name], os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600)
        self.buffer = mmap.mmap(-1, size)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def write(self, offset):
        if os.pwritev(self.fd, [self.buffer], offset) != len(self.buffer):
            raise OSError("short write")

    def read(self, offset):
        if os.preadv(self.fd, [self.buffer], offset) != len(self.buffer):
            raise OSError("short read")


def measure(name, pattern, millis):
    order, direction = pattern.split("-")
    size = MIB if order == "sequential" else 4096
    with Disk(name, size) as disk:
        action = disk.read if direction == "read" else disk.write
        disk.buffer[:] = os.urandom(size)
        places = AREA // size
        at = random.randrange(places)
        count, begin = 0, time.monotonic_ns()
        end = begin + millis * 1_000_000
        while time.monotonic_ns() < end:
            action(at * size)
            at = (at + 1) % places if order == "sequential" else random.randrange(places)
            count += 1
        return {"bytes": count * size, "micros": (time.monotonic_ns() - begin) // 1000}


def fill():
    for name in DISKS:
        with Disk(name, MIB) as disk:
            disk.buffer[:] = os.urandom(MIB)
            for offset in range(0, AREA + BLOCK * SLOTS, MIB):
                disk.write(offset)
            os.fsync(disk.fd)
    return {"done": 1}


class Verified(threading.Thread):
    """Writes blocks that say what they are, and reads back others meanwhile; in the end all."""

    def __init__(self, name):
        super().__init__()
        self.name_of_disk = name
        self.stopping = False
        self.last = {}  # slot: number of the write that was acknowledged last
        self.places = []  # the slots of these
        self.counts = {"writes": 0, "reads": 0, "checked": 0, "errors": 0, "bad": 0}

    def run(self):
        with Disk(self.name_of_disk, BLOCK) as disk:
            while not self.stopping:
                self.attempt(self.put, disk, random.randrange(SLOTS))
                self.attempt(self.check, disk, random.choice(self.places))
                self.counts["reads"] += 1
            for slot in self.last:
                self.attempt(self.check, disk, slot)
                self.counts["checked"] += 1

    def attempt(self, action, disk, slot):
        try:
            action(disk, slot)
        except OSError:
            self.counts["errors"] += 1

    def put(self, disk, slot):
        number = self.counts["writes"] + 1
        body = HEAD.pack(number, slot) * ((BLOCK - CHECKSUM.size) // HEAD.size)
        body += bytes(BLOCK - CHECKSUM.size - len(body))
        disk.buffer[:] = body + CHECKSUM.pack(zlib.crc32(body))
        if slot not in self.last:
            self.places.append(slot)
        self.last[slot] = None  # while it is under way either block may be there
        disk.write(AREA + slot * BLOCK)
        self.last[slot] = self.counts["writes"] = number

    def check(self, disk, slot):
        disk.read(AREA + slot * BLOCK)
        body = disk.buffer[: -CHECKSUM.size]
        whole = CHECKSUM.pack(zlib.crc32(body)) == disk.buffer[-CHECKSUM.size :]
        number, where = HEAD.unpack_from(body)
        if not whole or where != slot or self.last[slot] not in (None, number):
            self.counts["bad"] += 1


def kernel_errors():
    """Lines of the kernel's log that speak of an error of I/O."""
    log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    found = 0
    try:
        while True:
            found += b"i/o error" in os.read(log, 8192).lower()
    except BlockingIOError:
        return found
    finally:
        os.close(log)


def verify(connection):
    writers = [Verified(name) for name in DISKS]
    for writer in writers:
        writer.start()
    connection.recv(64)
    for writer in writers:
        writer.stopping = True
    for writer in writers:
        writer.join()
    total = {key: sum(writer.counts[key] for writer in writers) for key in writers[0].counts}
    return total | {"kernel": kernel_errors()}


def send(connection, millis, rate):
    piece = bytes(64 * 1024)
    begin = time.monotonic()
    end = begin + millis / 1000 if millis else float("inf")
    sent = 0
    while time.monotonic() < end:
        connection.sendall(piece)
        sent += len(piece)
        if rate:
            time.sleep(max(0, begin + sent / rate - time.monotonic()))


def receive(connection):
    count = 0
    buffer = bytearray(256 * 1024)
    while got := connection.recv_into(buffer):
        count += got
    return {"bytes": count}


def echo(connection):
    while data := connection.recv(4096):
        connection.sendall(data)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = b""
        while not line.endswith(b"\n"):
            byte = self.request.recv(1)
            if not byte:
                return
            line += byte
        verb, *words = line.decode().split()
        try:
            answer = self.do(verb, words)
        except ConnectionError:
            return  # hung up: that is how a stream ends
        if answer is not None:
            said = " ".join(f"{key}={value}" for key, value in answer.items())
            self.request.sendall(said.encode() + b"\n")

    def do(self, verb, words):
        if verb == "fill":
            return fill()
        if verb == "disk":
            return measure(words[0], words[1], int(words[2]))
        if verb == "send":
            return send(self.request, int(words[0]), int(words[1]))
        if verb == "receive":
            return receive(self.request)
        if verb == "echo":
            return echo(self.request)
        if verb == "verify":
            return verify(self.request)
        raise ValueError(verb)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("", PORT), Handler).serve_forever()
