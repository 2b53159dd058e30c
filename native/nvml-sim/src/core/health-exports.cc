/** The exported functions of reliability: ECC, remapped rows, retired pages. */
#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return ecc_mode(Device device, uint32_t* current, uint32_t* pending) {
  if (current == nullptr || pending == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (!world().board(gpu).has_ecc) return answer::not_supported;
    return *current = *pending = 1, 0;
  });
}

/** All of these boards remap rows instead. */
Return no_pages(Device device) {
  return call(device, {}, [](uint32_t) { return answer::not_supported; });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetEccMode(Device device, uint32_t* current, uint32_t* pending) { return ecc_mode(device, current, pending); }
NVML_SIM_EXPORT Return nvmlDeviceGetDefaultEccMode(Device device, uint32_t* out) { return ecc_mode(device, out, out); }
/** The counters since the driver's load and over the board's life are the same here. */
NVML_SIM_EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, uint32_t type, uint32_t counter, uint64_t* out) {
  return type > 1 || counter > 1 ? answer::invalid_argument : get_count(device, 81 + type, out);
}
/** All errors are the DRAM's (2). */
NVML_SIM_EXPORT Return nvmlDeviceGetMemoryErrorCounter(Device device, uint32_t type, uint32_t counter, uint32_t location, uint64_t* out) {
  if (out == nullptr || type > 1 || counter > 1 || location > 7) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    uint64_t count = 0;
    const Return code = read_count(gpu, 81 + type, count);
    if (code == 0) *out = location == 2 ? count : 0;
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetRemappedRows(Device device, uint32_t* corrected, uint32_t* uncorrected, uint32_t* pending, uint32_t* failed) {
  if (corrected == nullptr || uncorrected == nullptr || pending == nullptr || failed == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (world().is_mig(gpu)) return answer::not_supported;
    uint32_t* const outs[] = {corrected, uncorrected, pending, failed};
    for (uint32_t at = 0; at < 4; ++at) {
      StateSlot slot;
      const Return code = read_slot(gpu, 83 + at, slot);
      if (code != 0) return code;
      *outs[at] = static_cast<uint32_t>(at < 2 ? static_cast<double>(slot.value_bits) : level_of(slot));
    }
    return 0;
  });
}
/** Each remapped row is in a bank of its own, which then has fewer left: `high`. */
NVML_SIM_EXPORT Return nvmlDeviceGetRowRemapperHistogram(Device device, RemapperHistogram* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    uint64_t corrected = 0, uncorrected = 0;
    if (const Return code = read_count(gpu, 83, corrected); code != 0) return code;
    if (const Return code = read_count(gpu, 84, uncorrected); code != 0) return code;
    const auto remapped = static_cast<uint32_t>(corrected + uncorrected);
    constexpr uint32_t banks = 640;
    *out = {banks - (remapped < banks ? remapped : banks), remapped < banks ? remapped : banks, 0, 0, 0};
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetRetiredPages(Device device, uint32_t, uint32_t*, uint64_t*) { return no_pages(device); }
NVML_SIM_EXPORT Return nvmlDeviceGetRetiredPages_v2(Device device, uint32_t, uint32_t*, uint64_t*, uint64_t*) { return no_pages(device); }
NVML_SIM_EXPORT Return nvmlDeviceGetRetiredPagesPendingStatus(Device device, uint32_t*) { return no_pages(device); }
