/** The exported functions that say what a device is: names, numbers, its place on the bus and among the others. */
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return text_of_board(Device device, char* out, uint32_t length, const char* Board::* member) {
  return call(device, {}, [&](uint32_t gpu) {
    const char* const text = world().board(gpu).*member;
    return *text == 0 ? answer::not_supported : put_text(text, out, length);
  });
}

enum Level : uint32_t { internal = 0, multiple_switches = 20, node = 40, system = 50 };

/** Two boards share a switch, half of all a processor. */
Level level_between(uint32_t one, uint32_t other) {
  if (one == other) return internal;
  if (one / 2 == other / 2) return multiple_switches;
  const uint32_t half = (world().gpu_count() + 1) / 2;
  return one / half == other / half ? node : system;
}

Return fill_affinity(Device device, uint32_t size, unsigned long* set, long count) {
  if (set == nullptr || size == 0) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t) {
    constexpr size_t bits = sizeof(unsigned long) * 8;
    std::fill(set, set + size, 0ul);
    for (size_t at = 0; at < static_cast<size_t>(count) && at < size * bits; ++at) set[at / bits] |= 1ul << (at % bits);
    return 0;
  });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetIndex(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) {
    return *out = target.mig >= 0 ? static_cast<uint32_t>(target.mig) : world().index_of(target.gpu), 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMinorNumber(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return *out = gpu, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetName(Device device, char* out, uint32_t length) {
  return call_any(device, {}, [&](const Target& target) {
    const StateGpu& gpu = world().gpu(target.gpu);
    if (target.mig < 0) return put_text(gpu.name, out, length);
    const StateMigInstance instance = world().read(gpu.mig[target.mig]);
    char text[128];
    std::snprintf(text, sizeof text, "%.90s MIG %ug.%llugb", gpu.name, instance.gpu_slices, static_cast<unsigned long long>((instance.memory_total + gib - 1) / gib));
    return put_text(text, out, length);
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetUUID(Device device, char* out, uint32_t length) {
  return call_any(device, {}, [&](const Target& target) {
    const StateGpu& gpu = world().gpu(target.gpu);
    return put_text(target.mig < 0 ? gpu.uuid : gpu.mig[target.mig].uuid, out, length);
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetSerial(Device device, char* out, uint32_t length) {
  return call(device, {}, [&](uint32_t gpu) {
    if (!world().board(gpu).has_serial) return answer::not_supported;
    const char* const uuid = world().gpu(gpu).uuid;
    // Of its own for each GPU, and the same at every start: from the end of the UUID.
    const size_t from = std::strlen(uuid) > 6 ? std::strlen(uuid) - 6 : 0;
    char text[32];
    std::snprintf(text, sizeof text, "165%010lu", std::strtoul(uuid + from, nullptr, 16) % 10'000'000'000ul);
    return put_text(text, out, length);
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetBoardPartNumber(Device device, char* out, uint32_t length) { return text_of_board(device, out, length, &Board::part_number); }
NVML_SIM_EXPORT Return nvmlDeviceGetVbiosVersion(Device device, char* out, uint32_t length) { return text_of_board(device, out, length, &Board::vbios); }
NVML_SIM_EXPORT Return nvmlDeviceGetBoardId(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return *out = (gpu + 1) << 8, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetBrand(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board& board) { return board.brand; }); }
NVML_SIM_EXPORT Return nvmlDeviceGetNumGpuCores(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board& board) { return board.cores; }); }
NVML_SIM_EXPORT Return nvmlDeviceGetMultiGpuBoard(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board&) { return 0u; }); }
NVML_SIM_EXPORT Return nvmlDeviceGetArchitecture(Device device, uint32_t* out) { return get_word(device, out, &StateGpu::arch); }
NVML_SIM_EXPORT Return nvmlDeviceGetCudaComputeCapability(Device device, int32_t* major, int32_t* minor) {
  if (major == nullptr || minor == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) {
    const Board& board = world().board(target.gpu);
    *major = static_cast<int32_t>(board.compute_major);
    *minor = static_cast<int32_t>(board.compute_minor);
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetPciInfo_v3(Device device, PciInfo* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    const StateGpu& shown = world().gpu(gpu);
    *out = {};
    std::snprintf(out->bus_id, sizeof out->bus_id, "%.31s", shown.bus_id);
    if (std::sscanf(shown.bus_id, "%x:%x:%x", &out->domain, &out->bus, &out->device) != 3) return answer::unknown;
    std::snprintf(out->bus_id_legacy, sizeof out->bus_id_legacy, "%04X:%02X:%02X.0", out->domain & 0xffff, out->bus & 0xff, out->device & 0xff);
    out->pci_device_id = world().board(gpu).pci_device_id;
    out->pci_subsystem_id = world().board(gpu).pci_subsystem_id;
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetTopologyCommonAncestor(Device one, Device other, uint32_t* out) {
  Target second{};
  if (out == nullptr) return answer::invalid_argument;
  return call(one, {}, [&](uint32_t first) {
    if (!target_of(other, second) || second.mig >= 0) return answer::invalid_argument;
    return *out = level_between(first, second.gpu), 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTopologyNearestGpus(Device device, uint32_t level, uint32_t* count, Device* out) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    Device near[max_gpus];
    uint32_t found = 0;
    for (uint32_t other = 0; other < world().gpu_count(); ++other) {
      if (other != gpu && level_between(gpu, other) == level) near[found++] = handle_of(other);
    }
    const uint32_t given = *count;
    *count = found;
    if (out != nullptr) std::copy(near, near + std::min(found, given), out);
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetP2PStatus(Device one, Device other, uint32_t kind, uint32_t* out) {
  Target second{};
  if (out == nullptr || kind > 4) return answer::invalid_argument;
  return call(one, {}, [&](uint32_t first) {
    if (!target_of(other, second) || second.mig >= 0) return answer::invalid_argument;
    const bool has_links = world().gpu(first).nvlink_count > 0 && world().gpu(second.gpu).nvlink_count > 0;
    constexpr uint32_t ok = 0, not_supported = 5;
    return *out = has_links ? ok : not_supported, 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetCpuAffinity(Device device, uint32_t size, unsigned long* set) {
  return fill_affinity(device, size, set, sysconf(_SC_NPROCESSORS_ONLN));
}
NVML_SIM_EXPORT Return nvmlDeviceGetMemoryAffinity(Device device, uint32_t size, unsigned long* set, uint32_t) { return fill_affinity(device, size, set, 1); }
