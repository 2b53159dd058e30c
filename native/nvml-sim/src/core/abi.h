#pragma once
/** NVML's binary interface in declarations of this library's own, so that a mistake in the sampler's cannot cancel itself out. */
#include <cstddef>
#include <cstdint>

namespace fluidscope::nvml_sim {

using Return = int32_t;
/** In place of an instance of MIG: the whole GPU. */
constexpr uint32_t no_instance = 0xffffffff;

namespace answer {
constexpr Return success = 0, uninitialized = 1, invalid_argument = 2, not_supported = 3, not_found = 6, insufficient_size = 7, driver_not_loaded = 9,
                 timeout = 10, function_not_found = 13, gpu_lost = 15, no_data = 21, argument_version = 25, deprecated = 26, unknown = 999;
}

struct PciInfo { char bus_id_legacy[16]; uint32_t domain, bus, device, pci_device_id, pci_subsystem_id; char bus_id[32]; };
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, domain) == 16 && offsetof(PciInfo, bus_id) == 36);
struct Memory { uint64_t total, free, used; };
static_assert(sizeof(Memory) == 24 && offsetof(Memory, used) == 16);
struct MemoryV2 { uint32_t version; uint64_t total, reserved, free, used; };
static_assert(sizeof(MemoryV2) == 40 && offsetof(MemoryV2, total) == 8 && offsetof(MemoryV2, free) == 24);
struct Utilization { uint32_t gpu, memory; };
static_assert(sizeof(Utilization) == 8);
struct Sample { uint64_t timestamp_us, value; };
static_assert(sizeof(Sample) == 16);
struct ProcessUtilization { uint32_t pid; uint64_t timestamp_us; uint32_t sm, memory, encoder, decoder; };
static_assert(sizeof(ProcessUtilization) == 32 && offsetof(ProcessUtilization, timestamp_us) == 8 && offsetof(ProcessUtilization, sm) == 16);
struct ProcessUtilizationV1 { uint64_t timestamp_us; uint32_t pid, sm, memory, encoder, decoder, jpeg, optical_flow; };
static_assert(sizeof(ProcessUtilizationV1) == 40 && offsetof(ProcessUtilizationV1, optical_flow) == 32);
struct ProcessUtilizationList { uint32_t version, count; uint64_t last_seen_us; ProcessUtilizationV1* processes; };
static_assert(sizeof(ProcessUtilizationList) == 24 && offsetof(ProcessUtilizationList, processes) == 16);
struct Process { uint32_t pid; uint64_t memory_bytes; uint32_t gpu_instance, compute_instance; };
static_assert(sizeof(Process) == 24 && offsetof(Process, gpu_instance) == 16);
struct ProcessV1 { uint32_t pid; uint64_t memory_bytes; };
static_assert(sizeof(ProcessV1) == 16);
struct ProcessDetail { uint32_t pid; uint64_t memory_bytes; uint32_t gpu_instance, compute_instance; uint64_t protected_bytes; };
static_assert(sizeof(ProcessDetail) == 32 && offsetof(ProcessDetail, protected_bytes) == 24);
struct ProcessDetailList { uint32_t version, mode, count; ProcessDetail* processes; };
static_assert(sizeof(ProcessDetailList) == 24 && offsetof(ProcessDetailList, processes) == 16);
struct Attributes { uint32_t multiprocessors, copy_engines, decoders, encoders, jpegs, optical_flows, gpu_slices, compute_slices; uint64_t memory_mib; };
static_assert(sizeof(Attributes) == 40 && offsetof(Attributes, memory_mib) == 32);
struct ViolationTime { uint64_t reference_us, violation_ns; };
static_assert(sizeof(ViolationTime) == 16);
struct RemapperHistogram { uint32_t max, high, partial, low, none; };
static_assert(sizeof(RemapperHistogram) == 20);
struct TemperatureV { uint32_t version, sensor; int32_t temperature; };
static_assert(sizeof(TemperatureV) == 12);
struct FieldValue { uint32_t id, scope; int64_t timestamp_us, latency_us; uint32_t value_type; Return result; uint64_t value; };
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, value_type) == 24 && offsetof(FieldValue, value) == 32);
struct EventData { void* device; uint64_t type, data; uint32_t gpu_instance, compute_instance; };
static_assert(sizeof(EventData) == 32 && offsetof(EventData, gpu_instance) == 24);
struct GpmSupport { uint32_t version, supported; };
static_assert(sizeof(GpmSupport) == 8);
struct GpmMetric { uint32_t id; Return result; double value; const char *short_name, *long_name, *unit; };
static_assert(sizeof(GpmMetric) == 40 && offsetof(GpmMetric, value) == 8);
struct GpmMetrics { uint32_t version, count; void *sample1, *sample2; GpmMetric metrics[333]; };
static_assert(sizeof(GpmMetrics) == 13344 && offsetof(GpmMetrics, metrics) == 24);

}  // namespace fluidscope::nvml_sim
