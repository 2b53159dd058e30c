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

#define NVML_SIM_ABSENT(name, ...) \
  NVML_SIM_EXPORT Return name(Device device, ##__VA_ARGS__) { return call(device, {}, [](uint32_t) { return answer::not_supported; }); }
NVML_SIM_ABSENT(nvmlDeviceGetDriverModel, uint32_t*, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetGpuOperationMode, uint32_t*, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetInforomVersion, uint32_t, char*, uint32_t)
NVML_SIM_ABSENT(nvmlDeviceGetInforomImageVersion, char*, uint32_t)
NVML_SIM_ABSENT(nvmlDeviceGetBridgeChipInfo, void*)

NVML_SIM_EXPORT Return nvmlDeviceGetDriverModel_v2(Device device, uint32_t*, uint32_t*) {
  return call(device, newer(since::nvmlDeviceGetDriverModel_v2), [](uint32_t) { return answer::not_supported; });
}
