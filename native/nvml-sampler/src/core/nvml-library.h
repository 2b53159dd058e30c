#pragma once
#include <string>

#include "nvml-abi.h"

namespace fluidscope::nvml {

/** name, result of the argument list: the suffixed symbol itself, since the plain names are macros or have an older ABI. */
#define FLUIDSCOPE_NVML_SYMBOLS(X)                                                      \
  X(nvmlInit_v2, ())                                                                    \
  X(nvmlShutdown, ())                                                                   \
  X(nvmlSystemGetDriverVersion, (char*, uint32_t))                                      \
  X(nvmlSystemGetNVMLVersion, (char*, uint32_t))                                        \
  X(nvmlDeviceGetCount_v2, (uint32_t*))                                                 \
  X(nvmlDeviceGetHandleByIndex_v2, (uint32_t, Device*))                                 \
  X(nvmlDeviceGetName, (Device, char*, uint32_t))                                       \
  X(nvmlDeviceGetUUID, (Device, char*, uint32_t))                                       \
  X(nvmlDeviceGetArchitecture, (Device, uint32_t*))                                     \
  X(nvmlDeviceGetPciInfo_v3, (Device, PciInfo*))                                        \
  X(nvmlDeviceGetMemoryInfo_v2, (Device, MemoryV2*))                                    \
  X(nvmlDeviceGetMemoryInfo, (Device, Memory*))                                         \
  X(nvmlDeviceGetUtilizationRates, (Device, Utilization*))                              \
  X(nvmlDeviceGetSamples, (Device, uint32_t, uint64_t, uint32_t*, uint32_t*, Sample*))  \
  X(nvmlDeviceGetProcessUtilization, (Device, ProcessUtilization*, uint32_t*, uint64_t)) \
  X(nvmlDeviceGetComputeRunningProcesses_v3, (Device, uint32_t*, void*))                \
  X(nvmlDeviceGetConfComputeMemSizeInfo, (Device, void*))                               \
  X(nvmlDeviceGetRunningProcessDetailList, (Device, void*))                             \
  X(nvmlDeviceGetPowerUsage, (Device, uint32_t*))                                       \
  X(nvmlDeviceGetEnforcedPowerLimit, (Device, uint32_t*))                               \
  X(nvmlDeviceGetTemperatureV, (Device, TemperatureV*))                                 \
  X(nvmlDeviceGetTemperature, (Device, uint32_t, uint32_t*))                            \
  X(nvmlDeviceGetFanSpeed_v2, (Device, uint32_t, uint32_t*))                            \
  X(nvmlDeviceGetClockInfo, (Device, uint32_t, uint32_t*))                              \
  X(nvmlDeviceGetPerformanceState, (Device, uint32_t*))                                 \
  X(nvmlDeviceGetCurrentClocksEventReasons, (Device, uint64_t*))                        \
  X(nvmlDeviceGetCurrentClocksThrottleReasons, (Device, uint64_t*))                     \
  X(nvmlDeviceGetCurrPcieLinkGeneration, (Device, uint32_t*))                           \
  X(nvmlDeviceGetCurrPcieLinkWidth, (Device, uint32_t*))                                \
  X(nvmlDeviceGetPcieReplayCounter, (Device, uint32_t*))                                \
  X(nvmlDeviceGetNvLinkErrorCounter, (Device, uint32_t, uint32_t, uint64_t*))           \
  X(nvmlDeviceGetTotalEccErrors, (Device, uint32_t, uint32_t, uint64_t*))               \
  X(nvmlDeviceGetRemappedRows, (Device, uint32_t*, uint32_t*, uint32_t*, uint32_t*))    \
  X(nvmlDeviceGetFieldValues, (Device, int32_t, FieldValue*))                           \
  X(nvmlDeviceGetMaxMigDeviceCount, (Device, uint32_t*))                                \
  X(nvmlDeviceGetMigDeviceHandleByIndex, (Device, uint32_t, Device*))                   \
  X(nvmlDeviceGetGpuInstanceId, (Device, uint32_t*))                                    \
  X(nvmlEventSetCreate, (EventSet*))                                                    \
  X(nvmlEventSetFree, (EventSet))                                                       \
  X(nvmlEventSetWait_v2, (EventSet, EventData*, uint32_t))                              \
  X(nvmlDeviceGetSupportedEventTypes, (Device, uint64_t*))                              \
  X(nvmlDeviceRegisterEvents, (Device, uint64_t, EventSet))                             \
  X(nvmlGpmQueryDeviceSupport, (Device, GpmSupport*))                                   \
  X(nvmlGpmSampleAlloc, (GpmSample*))                                                   \
  X(nvmlGpmSampleFree, (GpmSample))                                                     \
  X(nvmlGpmSampleGet, (Device, GpmSample))                                              \
  X(nvmlGpmMigSampleGet, (Device, uint32_t, GpmSample))                                 \
  X(nvmlGpmMetricsGet, (GpmMetrics*))

/** What was loaded: a pointer for each symbol, null where this library does not have it. Never unloaded: see sampler.h, rule 4. */
struct Library {
#define FLUIDSCOPE_POINTER(name, arguments) Return(*name) arguments = nullptr;
  FLUIDSCOPE_NVML_SYMBOLS(FLUIDSCOPE_POINTER)
#undef FLUIDSCOPE_POINTER
  std::string path;
};

/** `state` is "ready", "library_missing" (no such file) or "library_unusable" (musl, an older C library, not NVML). */
struct LoadResult {
  const char* state;
  std::string detail;
};

LoadResult load(const std::string& path, Library& library);

/** The state that an answer of nvmlInit_v2 or of a later call means for the whole library. */
const char* state_of(Return answer);

/** Whether the answer means that this GPU does not have it, rather than that something went wrong. */
inline bool is_absent(Return answer) {
  return answer == code::not_supported || answer == code::deprecated || answer == code::function_not_found;
}

}  // namespace fluidscope::nvml
