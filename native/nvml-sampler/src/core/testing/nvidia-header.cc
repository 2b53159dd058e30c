// Compiled only where NVIDIA's header is at hand: our declarations against theirs.
#include <nvml.h>

#include "../nvml-abi.h"

namespace ours = fluidscope::nvml;

#define SAME_SIZE(mine, theirs) static_assert(sizeof(ours::mine) == sizeof(theirs), #theirs)
#define SAME_PLACE(mine, field, theirs, their_field)                                                              \
  static_assert(offsetof(ours::mine, field) == offsetof(theirs, their_field), #theirs "." #their_field);           \
  static_assert(sizeof(ours::mine::field) == sizeof(theirs::their_field), #theirs "." #their_field " in size")

SAME_SIZE(PciInfo, nvmlPciInfo_t);
SAME_PLACE(PciInfo, busIdLegacy, nvmlPciInfo_t, busIdLegacy);
SAME_PLACE(PciInfo, domain, nvmlPciInfo_t, domain);
SAME_PLACE(PciInfo, pciSubSystemId, nvmlPciInfo_t, pciSubSystemId);
SAME_PLACE(PciInfo, busId, nvmlPciInfo_t, busId);

SAME_SIZE(Memory, nvmlMemory_t);
SAME_PLACE(Memory, total, nvmlMemory_t, total);
SAME_PLACE(Memory, free, nvmlMemory_t, free);
SAME_PLACE(Memory, used, nvmlMemory_t, used);

SAME_SIZE(MemoryV2, nvmlMemory_v2_t);
SAME_PLACE(MemoryV2, version, nvmlMemory_v2_t, version);
SAME_PLACE(MemoryV2, total, nvmlMemory_v2_t, total);
SAME_PLACE(MemoryV2, reserved, nvmlMemory_v2_t, reserved);
SAME_PLACE(MemoryV2, free, nvmlMemory_v2_t, free);
SAME_PLACE(MemoryV2, used, nvmlMemory_v2_t, used);
static_assert(ours::version_word(sizeof(ours::MemoryV2), 2) == nvmlMemory_v2);

SAME_SIZE(Utilization, nvmlUtilization_t);
SAME_PLACE(Utilization, gpu, nvmlUtilization_t, gpu);
SAME_PLACE(Utilization, memory, nvmlUtilization_t, memory);

SAME_SIZE(Value, nvmlValue_t);
SAME_SIZE(Sample, nvmlSample_t);
SAME_PLACE(Sample, timeStamp, nvmlSample_t, timeStamp);
SAME_PLACE(Sample, value, nvmlSample_t, sampleValue);

SAME_SIZE(ProcessUtilization, nvmlProcessUtilizationSample_t);
SAME_PLACE(ProcessUtilization, pid, nvmlProcessUtilizationSample_t, pid);
SAME_PLACE(ProcessUtilization, timeStamp, nvmlProcessUtilizationSample_t, timeStamp);
SAME_PLACE(ProcessUtilization, sm, nvmlProcessUtilizationSample_t, smUtil);
SAME_PLACE(ProcessUtilization, mem, nvmlProcessUtilizationSample_t, memUtil);
SAME_PLACE(ProcessUtilization, enc, nvmlProcessUtilizationSample_t, encUtil);
SAME_PLACE(ProcessUtilization, dec, nvmlProcessUtilizationSample_t, decUtil);

SAME_SIZE(ProcessInfo, nvmlProcessInfo_t);
SAME_PLACE(ProcessInfo, pid, nvmlProcessInfo_t, pid);
SAME_PLACE(ProcessInfo, usedGpuMemory, nvmlProcessInfo_t, usedGpuMemory);
SAME_PLACE(ProcessInfo, gpuInstanceId, nvmlProcessInfo_t, gpuInstanceId);

SAME_SIZE(TemperatureV, nvmlTemperature_t);
SAME_PLACE(TemperatureV, sensor, nvmlTemperature_t, sensorType);
SAME_PLACE(TemperatureV, temperature, nvmlTemperature_t, temperature);
static_assert(ours::version_word(sizeof(ours::TemperatureV), 1) == nvmlTemperature_v1);

SAME_SIZE(FieldValue, nvmlFieldValue_t);
SAME_PLACE(FieldValue, id, nvmlFieldValue_t, fieldId);
SAME_PLACE(FieldValue, scope, nvmlFieldValue_t, scopeId);
SAME_PLACE(FieldValue, timestamp, nvmlFieldValue_t, timestamp);
SAME_PLACE(FieldValue, latency, nvmlFieldValue_t, latencyUsec);
SAME_PLACE(FieldValue, valueType, nvmlFieldValue_t, valueType);
SAME_PLACE(FieldValue, result, nvmlFieldValue_t, nvmlReturn);
SAME_PLACE(FieldValue, value, nvmlFieldValue_t, value);

SAME_SIZE(EventData, nvmlEventData_t);
SAME_PLACE(EventData, device, nvmlEventData_t, device);
SAME_PLACE(EventData, type, nvmlEventData_t, eventType);
SAME_PLACE(EventData, data, nvmlEventData_t, eventData);
SAME_PLACE(EventData, gpuInstanceId, nvmlEventData_t, gpuInstanceId);

SAME_SIZE(GpmSupport, nvmlGpmSupport_t);
SAME_PLACE(GpmSupport, supported, nvmlGpmSupport_t, isSupportedDevice);
SAME_SIZE(GpmMetric, nvmlGpmMetric_t);
SAME_PLACE(GpmMetric, id, nvmlGpmMetric_t, metricId);
SAME_PLACE(GpmMetric, result, nvmlGpmMetric_t, nvmlReturn);
SAME_PLACE(GpmMetric, value, nvmlGpmMetric_t, value);
// Theirs grows with each header: ours must hold the largest.
static_assert(sizeof(ours::GpmMetrics) >= sizeof(nvmlGpmMetricsGet_t));
static_assert(offsetof(ours::GpmMetrics, sample1) == offsetof(nvmlGpmMetricsGet_t, sample1));
static_assert(offsetof(ours::GpmMetrics, sample2) == offsetof(nvmlGpmMetricsGet_t, sample2));
static_assert(offsetof(ours::GpmMetrics, metrics) == offsetof(nvmlGpmMetricsGet_t, metrics));

static_assert(ours::code::invalid_argument == NVML_ERROR_INVALID_ARGUMENT && ours::code::not_supported == NVML_ERROR_NOT_SUPPORTED);
static_assert(ours::code::no_permission == NVML_ERROR_NO_PERMISSION && ours::code::not_found == NVML_ERROR_NOT_FOUND);
static_assert(ours::code::insufficient_size == NVML_ERROR_INSUFFICIENT_SIZE && ours::code::timeout == NVML_ERROR_TIMEOUT);
static_assert(ours::code::driver_not_loaded == NVML_ERROR_DRIVER_NOT_LOADED && ours::code::gpu_lost == NVML_ERROR_GPU_IS_LOST);
static_assert(ours::code::reset_required == NVML_ERROR_RESET_REQUIRED && ours::code::mismatch == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
static_assert(ours::code::deprecated == NVML_ERROR_DEPRECATED && ours::code::operating_system == NVML_ERROR_OPERATING_SYSTEM);
static_assert(ours::event_single_bit_ecc == nvmlEventTypeSingleBitEccError && ours::event_double_bit_ecc == nvmlEventTypeDoubleBitEccError);
static_assert(ours::event_xid == nvmlEventTypeXidCriticalError && ours::event_mig == nvmlEventMigConfigChange);

static_assert(NVML_FI_DEV_POWER_INSTANT == 186 && NVML_FI_DEV_POWER_AVERAGE == 185 && NVML_FI_DEV_MEMORY_TEMP == 82);
static_assert(NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION == 83 && NVML_FI_DEV_PERF_POLICY_POWER == 74 && NVML_FI_DEV_PERF_POLICY_SYNC_BOOST == 76);
static_assert(NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX == 138 && NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX == 139);
