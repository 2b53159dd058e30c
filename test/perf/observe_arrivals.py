"""Watches packets from a server on one interface and says when each token could be read: when every byte up to its end had come.

usage: observe_arrivals.py INTERFACE SERVER_ADDRESS OUT, until the input ends

A row a token: response_id, token_index, arrival of CLOCK_MONOTONIC in ns. The kernel stamps each packet as it comes in; what waits for a
lost segment arrives with it.
"""

import json
import select
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
ETH_P_IP = 0x0800


class Stream:
    """One direction of one connection: its bytes in order, and when they could be read."""

    def __init__(self, first_seq: int) -> None:
        self.next_seq = first_seq
        self.waiting: dict[int, bytes] = {}
        self.text = b""
        self.response_id = ""
        self.tokens: list[int] = []

    def add(self, seq: int, payload: bytes, arrived_ns: int) -> None:
        kept = self.waiting.get(seq, b"")
        if len(payload) > len(kept):
            self.waiting[seq] = payload
        while True:
            ready = [at for at in self.waiting if ((self.next_seq - at) & 0xFFFFFFFF) < 0x80000000]
            if not ready:
                break
            for at in ready:
                fresh = self.waiting.pop(at)[(self.next_seq - at) & 0xFFFFFFFF :]
                self.next_seq = (self.next_seq + len(fresh)) & 0xFFFFFFFF
                self.text += fresh
        *lines, self.text = self.text.split(b"\n")
        for line in lines:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            self.response_id = event["id"]
            if event["choices"] and event["choices"][0]["delta"].get("content"):
                self.tokens.append(arrived_ns)


def packets(interface: str):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.bind((interface, ETH_P_IP))
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([tap, sys.stdin], [], [])
        if tap not in readable:
            return
        packet, ancillary, _, source = tap.recvmsg(1 << 17, 64)
        if source[2] == socket.PACKET_OUTGOING:
            continue
        seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
        yield packet, seconds * 1_000_000_000 + nanoseconds


def wall_less_mono_ns() -> int:
    pairs = []
    for _ in range(100):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        pairs.append((after - before, wall - (before + after) // 2))
    return min(pairs)[1]


def main(interface: str, server: str, out: str) -> None:
    offset_ns = wall_less_mono_ns()
    streams: dict[int, Stream] = {}
    seen = []
    for packet, wall_ns in packets(interface):
        seen.append((packet, wall_ns))
    for packet, wall_ns in seen:
        start = (packet[0] & 15) * 4
        if socket.inet_ntoa(packet[12:16]) != server or packet[9] != socket.IPPROTO_TCP:
            continue
        length = struct.unpack(">H", packet[2:4])[0]
        port, seq = struct.unpack(">HI", packet[start + 2 : start + 8])
        data_offset = start + (packet[start + 12] >> 4) * 4
        if packet[start + 13] & 2:
            streams[port] = Stream((seq + 1) & 0xFFFFFFFF)
        elif port in streams and length > data_offset:
            streams[port].add(seq, packet[data_offset:length], wall_ns - offset_ns)
    with open(out, "w") as rows:
        for stream in streams.values():
            for index, arrived_ns in enumerate(stream.tokens):
                rows.write(f"{stream.response_id},{index},{arrived_ns}\n")


main(*sys.argv[1:])
