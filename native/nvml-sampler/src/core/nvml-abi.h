#pragma once
/**
 * NVML's binary interface as this sampler uses it, in declarations of our own: no NVIDIA header is needed to build. Every size and
 * offset is asserted; nvidia-header.test.ts compares them with NVIDIA's headers of CUDA 12.9 and 13.4.
 */
#include <cstddef>
#include <cstdint>

namespace fluidscope::nvml {

using Device = struct DeviceOpaque*;
using EventSet = struct EventSetOpaque*;
using GpmSample = struct GpmSampleOpaque*;
using Return = int32_t;

namespace code {
constexpr Return success = 0, uninitialized = 1, invalid_argument = 2, not_supported = 3, no_permission = 4, not_found = 6, insufficient_size = 7,
                 driver_not_loaded = 9, timeout = 10, function_not_found = 13, gpu_lost = 15, reset_required = 16,
                 operating_system = 17, mismatch = 18, deprecated = 26, unknown = 999;
}

constexpr uint32_t version_word(size_t size, uint32_t version) { return static_cast<uint32_t>(size) | (version << 24); }

struct PciInfo { char busIdLegacy[16]; uint32_t domain, bus, device, pciDeviceId, pciSubSystemId; char busId[32]; };
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, domain) == 16 && offsetof(PciInfo, busId) == 36);

struct Memory { uint64_t total, free, used; };
static_assert(sizeof(Memory) == 24 && offsetof(Memory, free) == 8 && offsetof(Memory, used) == 16);

struct MemoryV2 { uint32_t version; uint64_t total, reserved, free, used; };
static_assert(sizeof(MemoryV2) == 40 && offsetof(MemoryV2, total) == 8 && offsetof(MemoryV2, reserved) == 16);
static_assert(offsetof(MemoryV2, free) == 24 && offsetof(MemoryV2, used) == 32);
static_assert(version_word(sizeof(MemoryV2), 2) == 0x02000028);

struct Utilization { uint32_t gpu, memory; };
static_assert(sizeof(Utilization) == 8 && offsetof(Utilization, memory) == 4);

union Value { double d; int32_t si; uint32_t ui; uint64_t ull; int64_t sll; uint16_t us; };
static_assert(sizeof(Value) == 8);

struct Sample { uint64_t timeStamp; Value value; };
static_assert(sizeof(Sample) == 16 && offsetof(Sample, value) == 8);

struct ProcessUtilization { uint32_t pid; uint64_t timeStamp; uint32_t sm, mem, enc, dec; };
static_assert(sizeof(ProcessUtilization) == 32 && offsetof(ProcessUtilization, timeStamp) == 8);
static_assert(offsetof(ProcessUtilization, sm) == 16 && offsetof(ProcessUtilization, dec) == 28);

struct ProcessInfo { uint32_t pid; uint64_t usedGpuMemory; uint32_t gpuInstanceId, computeInstanceId; };
static_assert(sizeof(ProcessInfo) == 24 && offsetof(ProcessInfo, usedGpuMemory) == 8);
static_assert(offsetof(ProcessInfo, gpuInstanceId) == 16 && offsetof(ProcessInfo, computeInstanceId) == 20);

struct TemperatureV { uint32_t version, sensor; int32_t temperature; };
static_assert(sizeof(TemperatureV) == 12 && offsetof(TemperatureV, temperature) == 8);
static_assert(version_word(sizeof(TemperatureV), 1) == 0x0100000c);

struct FieldValue { uint32_t id, scope; int64_t timestamp, latency; uint32_t valueType; Return result; Value value; };
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, scope) == 4 && offsetof(FieldValue, timestamp) == 8);
static_assert(offsetof(FieldValue, latency) == 16 && offsetof(FieldValue, valueType) == 24);
static_assert(offsetof(FieldValue, result) == 28 && offsetof(FieldValue, value) == 32);

struct EventData { Device device; uint64_t type, data; uint32_t gpuInstanceId, computeInstanceId; };
static_assert(sizeof(EventData) == 32 && offsetof(EventData, type) == 8 && offsetof(EventData, data) == 16);
static_assert(offsetof(EventData, gpuInstanceId) == 24 && offsetof(EventData, computeInstanceId) == 28);

struct GpmSupport { uint32_t version, supported; };
static_assert(sizeof(GpmSupport) == 8);

struct GpmMetric { uint32_t id; Return result; double value; const char *shortName, *longName, *unit; };
static_assert(sizeof(GpmMetric) == 40 && offsetof(GpmMetric, value) == 8 && offsetof(GpmMetric, unit) == 32);

/** 512 slots: more than any header so far (13.4 has 477), so that a newer driver cannot write behind it. */
struct GpmMetrics { uint32_t version, count; GpmSample sample1, sample2; GpmMetric metrics[512]; };
static_assert(sizeof(GpmMetrics) == 24 + 512 * 40 && offsetof(GpmMetrics, sample1) == 8 && offsetof(GpmMetrics, metrics) == 24);

constexpr uint64_t event_single_bit_ecc = 1, event_double_bit_ecc = 2, event_xid = 8, event_mig = 0x100;
constexpr uint32_t all_scopes = 0xFFFFFFFF, ampere = 7;

}  // namespace fluidscope::nvml
