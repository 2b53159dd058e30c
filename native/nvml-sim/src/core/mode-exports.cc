/** The exported functions of modes that nobody can change here, and those that ask for what these boards do not have. */
#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return fixed(Device device, uint32_t* out, uint32_t value) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target&) { return *out = value, 0; });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetPersistenceMode(Device device, uint32_t* out) { return fixed(device, out, 1); }
NVML_SIM_EXPORT Return nvmlDeviceGetComputeMode(Device device, uint32_t* out) { return fixed(device, out, 0); }
NVML_SIM_EXPORT Return nvmlDeviceGetDisplayActive(Device device, uint32_t* out) { return fixed(device, out, 0); }
NVML_SIM_EXPORT Return nvmlDeviceGetDisplayMode(Device device, uint32_t* out) { return fixed(device, out, 0); }
NVML_SIM_EXPORT Return nvmlDeviceGetAccountingMode(Device device, uint32_t* out) { return fixed(device, out, 0); }
NVML_SIM_EXPORT Return nvmlDeviceGetVirtualizationMode(Device device, uint32_t* out) { return fixed(device, out, 0); }

/** Confidential computing is off: no memory is protected. Its presence tells some clients the age of the driver. */
NVML_SIM_EXPORT Return nvmlDeviceGetConfComputeMemSizeInfo(Device device, uint64_t* protected_and_unprotected_kib) {
  if (protected_and_unprotected_kib == nullptr) return answer::invalid_argument;
  return call(device, newer(since::nvmlDeviceGetConfComputeMemSizeInfo), [&](uint32_t gpu) {
    protected_and_unprotected_kib[0] = 0;
    protected_and_unprotected_kib[1] = world().gpu(gpu).memory_total >> 10;
    return 0;
  });
}

/** What clients ask for and these boards do not have. Further arguments are not looked at. */
#define NVML_SIM_ABSENT(name, terms) \
  NVML_SIM_EXPORT Return name(Device device) { return call(device, terms, [](uint32_t) { return answer::not_supported; }); }
NVML_SIM_ABSENT(nvmlDeviceGetAccountingBufferSize, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetAccountingPids, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetAutoBoostedClocksEnabled, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetBridgeChipInfo, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetConfComputeProtectedMemoryUsage, newer(since::nvmlDeviceGetConfComputeProtectedMemoryUsage))
NVML_SIM_ABSENT(nvmlDeviceGetDriverModel, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetDriverModel_v2, newer(since::nvmlDeviceGetDriverModel_v2))
NVML_SIM_ABSENT(nvmlDeviceGetEncoderStats, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetFBCStats, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetGpuFabricInfo, (Terms{cost::getter, since::nvmlDeviceGetGpuFabricInfo, true}))
NVML_SIM_ABSENT(nvmlDeviceGetGpuOperationMode, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetGspFirmwareMode, newer(since::nvmlDeviceGetGspFirmwareMode))
NVML_SIM_ABSENT(nvmlDeviceGetGspFirmwareVersion, newer(since::nvmlDeviceGetGspFirmwareVersion))
NVML_SIM_ABSENT(nvmlDeviceGetHostVgpuMode, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetInforomImageVersion, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetInforomVersion, Terms{})
NVML_SIM_ABSENT(nvmlDeviceGetJpgUtilization, newer(since::nvmlDeviceGetJpgUtilization))
NVML_SIM_ABSENT(nvmlDeviceGetLastBBXFlushTime, newer(since::nvmlDeviceGetLastBBXFlushTime))
NVML_SIM_ABSENT(nvmlDeviceGetModuleId, newer(since::nvmlDeviceGetModuleId))
NVML_SIM_ABSENT(nvmlDeviceGetOfaUtilization, newer(since::nvmlDeviceGetOfaUtilization))
NVML_SIM_ABSENT(nvmlDeviceGetSramEccErrorStatus, newer(since::nvmlDeviceGetSramEccErrorStatus))
