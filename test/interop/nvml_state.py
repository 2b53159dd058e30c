"""A state file of the simulated NVML with known values, written from the layout in native/nvml-sim/README.md."""

import struct
import time

GIB = 1 << 30
GPU_BYTES, SLOTS_AT, SLOT_BYTES = 16_400, 4_096, 32
COUNTERS = {3, *range(10, 20), *range(80, 85)}


def known_gpus(pid):
    """A busy H100, one cut into two MIG instances, and an RTX 4090."""
    h100 = dict(name="NVIDIA H100 80GB HBM3", board=0, arch=9, links=18, pcie_gen=5, limit_mw=700_000, total=80 * GIB)
    busy = {1: 1755, 2: 2619, 3: 4, 4: 0, 5: 523_456, 24: 512_345, 30: 87, 31: 41, 32: 71, 33: 88, 34: 650_000, 60: 5, 61: 16,
            10: 987_654_321, 11: 11_000, 12: 12_000, 13: 13_000, 14: 14_000, 15: 15_000, 16: 16_000, 17: 17_000, 18: 18_000, 19: 19_000,
            80: 3, 81: 4, 82: 5, 83: 6, 84: 7, 85: 1, 86: 0, 51: 64.5, 54: 77.25}
    return [
        dict(h100, **memory(80 * GIB, 30 * GIB), slots={**busy, **memory_slots(80 * GIB, 30 * GIB)},
             processes=[dict(pid=pid, memory=20 * GIB, sm=83, mem_pct=40, place=0)]),
        dict(h100, mig=[(0, 9, 0, 3, 40 * GIB, 12 * GIB, 60), (3, 13, 0, 1, 10 * GIB, 1 * GIB, 16)],
             slots={**busy, **memory_slots(80 * GIB, 13 * GIB)},
             processes=[dict(pid=pid, memory=2 * GIB, sm=0, mem_pct=0, place=1)]),
        dict(name="NVIDIA GeForce RTX 4090", board=3, arch=8, links=0, pcie_gen=4, limit_mw=450_000, total=24 * GIB,
             slots={1: 2520, 2: 10_501, 3: 0, 4: 2, 5: 301_000, 24: 298_000, 30: 55, 31: 20, 32: 64, 34: 450_000, 60: 4, 61: 16, 62: 42,
                    10: 1, 11: 0, 16: 0, 17: 0, 80: 0, **memory_slots(24 * GIB, 8 * GIB)}, processes=[]),
    ]


def memory(total, used):
    return dict(total=total, used=used)


def memory_slots(total, used):
    reserved = GIB // 2
    return {20: used, 21: total - used - reserved, 22: reserved, 23: total}


def write(path, gpus):
    header = bytearray(128)
    struct.pack_into("<8s4I", header, 0, b"FSNVSIM1", 1, len(gpus), 256, 0)
    struct.pack_into("<Q", header, 40, 1)
    with open(path, "wb") as file:
        file.write(header)
        for index, gpu in enumerate(gpus):
            file.write(block(index, gpu))


def block(index, gpu):
    out = bytearray(GPU_BYTES)
    struct.pack_into("<96s96s32s", out, 0, gpu["name"].encode(), uuid(index).encode(), bus_id(index).encode())
    struct.pack_into("<6IQ4I", out, 224, gpu["board"], gpu["arch"], 0, 0, 1 if "mig" in gpu else 0, len(gpu["processes"]), gpu["total"],
                     gpu["links"], gpu["pcie_gen"], 16, gpu["limit_mw"])
    now_us = int(time.time() * 1e6)
    for at, each in enumerate(gpu["processes"]):
        struct.pack_into("<IIQIIQII", out, 2048 + 40 * at, each["pid"], each["sm"], each["memory"], each["mem_pct"], each["place"], now_us, 0, 0)
    for place, (slot, instance, compute, slices, total, used, sms) in enumerate(gpu.get("mig", [])):
        struct.pack_into("<4I2Q2I48s", out, 3328 + 96 * place, 1, instance, compute, slices, total, used, slices, sms, mig_uuid(place).encode())
    for slot, value in gpu["slots"].items():
        at = SLOTS_AT + SLOT_BYTES * slot
        struct.pack_into("<Q" if slot in COUNTERS else "<d", out, at, value)
        struct.pack_into("<Q", out, at + 8, 1)
    for link in range(gpu["links"]):
        for kind in range(3):
            struct.pack_into("<QQ", out, SLOTS_AT + SLOT_BYTES * (200 + 3 * link + kind), 100 * link + kind, 1)
    struct.pack_into("<II", out, 12_288, 2, 0)
    struct.pack_into("<4Q", out, 12_288 + 8, now_us - 200_000, 500_000, now_us - 100_000, 510_000)
    return bytes(out)


def uuid(index):
    return f"GPU-00000000-1111-2222-3333-{index:012x}"


def mig_uuid(place):
    return f"MIG-00000000-1111-2222-4444-{place:012x}"


def bus_id(index):
    return f"00000000:{index + 1:02X}:00.0"
