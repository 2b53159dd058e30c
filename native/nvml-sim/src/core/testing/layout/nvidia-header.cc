/** Compiled by nvidia-header.test.ts against NVIDIA's nvml.h, where one is at hand: this library's declarations beside NVIDIA's. */
#include <nvml.h>

#include "../../abi.h"

using namespace fluidscope::nvml_sim;

#define SAME_SIZE(own, theirs) static_assert(sizeof(own) == sizeof(theirs), #own)
#define SAME_PLACE(own, member, theirs, named) static_assert(offsetof(own, member) == offsetof(theirs, named), #own " " #member)

SAME_SIZE(PciInfo, nvmlPciInfo_t);
SAME_PLACE(PciInfo, bus_id, nvmlPciInfo_t, busId);
SAME_SIZE(Memory, nvmlMemory_t);
SAME_SIZE(MemoryV2, nvmlMemory_v2_t);
SAME_PLACE(MemoryV2, used, nvmlMemory_v2_t, used);
SAME_SIZE(Utilization, nvmlUtilization_t);
SAME_SIZE(Sample, nvmlSample_t);
SAME_SIZE(ProcessV1, nvmlProcessInfo_v1_t);
SAME_SIZE(Process, nvmlProcessInfo_v2_t);
SAME_PLACE(Process, compute_instance, nvmlProcessInfo_v2_t, computeInstanceId);
SAME_SIZE(ProcessDetail, nvmlProcessDetail_v1_t);
SAME_PLACE(ProcessDetail, protected_bytes, nvmlProcessDetail_v1_t, usedGpuCcProtectedMemory);
SAME_SIZE(ProcessDetailList, nvmlProcessDetailList_v1_t);
SAME_PLACE(ProcessDetailList, count, nvmlProcessDetailList_v1_t, numProcArrayEntries);
static_assert(nvmlProcessDetailList_v1 == 0x01000018);
SAME_SIZE(ProcessUtilization, nvmlProcessUtilizationSample_t);
SAME_SIZE(ProcessUtilizationV1, nvmlProcessUtilizationInfo_v1_t);
SAME_PLACE(ProcessUtilizationV1, optical_flow, nvmlProcessUtilizationInfo_v1_t, ofaUtil);
SAME_SIZE(ProcessUtilizationList, nvmlProcessesUtilizationInfo_v1_t);
static_assert(nvmlProcessesUtilizationInfo_v1 == 0x01000018);
SAME_SIZE(Attributes, nvmlDeviceAttributes_t);
SAME_PLACE(Attributes, gpu_slices, nvmlDeviceAttributes_t, gpuInstanceSliceCount);
SAME_PLACE(Attributes, memory_mib, nvmlDeviceAttributes_t, memorySizeMB);
SAME_SIZE(ViolationTime, nvmlViolationTime_t);
SAME_SIZE(RemapperHistogram, nvmlRowRemapperHistogramValues_t);
SAME_SIZE(TemperatureV, nvmlTemperature_v1_t);
SAME_SIZE(FieldValue, nvmlFieldValue_t);
SAME_PLACE(FieldValue, result, nvmlFieldValue_t, nvmlReturn);
SAME_SIZE(EventData, nvmlEventData_t);
SAME_SIZE(GpmSupport, nvmlGpmSupport_t);
SAME_SIZE(GpmMetric, nvmlGpmMetric_t);
SAME_PLACE(GpmMetrics, metrics, nvmlGpmMetricsGet_t, metrics);

// Numbers that the exported functions use.
static_assert(sizeof(nvmlConfComputeMemSizeInfo_t) == 16);
static_assert(NVML_TOPOLOGY_MULTIPLE == 20 && NVML_TOPOLOGY_NODE == 40 && NVML_TOPOLOGY_SYSTEM == 50);
static_assert(NVML_NVLINK_DEVICE_TYPE_SWITCH == 2 && NVML_NVLINK_CAP_SLI_BRIDGE == 4 && NVML_P2P_STATUS_NOT_SUPPORTED == 5);
static_assert(NVML_NVLINK_ERROR_DL_REPLAY == 0 && NVML_NVLINK_ERROR_DL_RECOVERY == 1 && NVML_NVLINK_ERROR_DL_CRC_FLIT == 2);
static_assert(NVML_PERF_POLICY_POWER == 0 && NVML_PERF_POLICY_THERMAL == 1 && NVML_PERF_POLICY_SYNC_BOOST == 2);
static_assert(nvmlEventTypePState == 4 && nvmlEventTypeXidCriticalError == 8 && nvmlEventTypeClock == 0x10 && nvmlEventMigConfigChange == 0x100);
static_assert(NVML_FI_DEV_POWER_AVERAGE == 185 && NVML_FI_DEV_POWER_REQUESTED_LIMIT == 192 && NVML_FI_DEV_PCIE_COUNT_TX_BYTES == 197);
static_assert(NVML_FI_DEV_NVLINK_ERROR_DL_REPLAY == 161 && NVML_FI_DEV_NVLINK_GET_STATE == 165 && NVML_FI_DEV_REMAPPED_COR == 142);
