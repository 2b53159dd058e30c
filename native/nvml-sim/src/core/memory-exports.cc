/** The exported functions of memory. */
#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

/** Total, reserved, free, used, of the GPU or of one MIG instance on it. */
Return read_memory(const Target& target, uint64_t (&bytes)[4]) {
  if (target.mig >= 0) {
    const StateMigInstance instance = world().read(world().gpu(target.gpu).mig[target.mig]);
    bytes[0] = instance.memory_total;
    bytes[1] = 0;
    bytes[2] = instance.memory_total - instance.memory_used;
    bytes[3] = instance.memory_used;
    return 0;
  }
  constexpr uint32_t ids[] = {23, 22, 21, 20};
  for (int at = 0; at < 4; ++at) {
    double level = 0;
    if (const Return code = read_level(target.gpu, ids[at], level); code != 0) return code;
    bytes[at] = static_cast<uint64_t>(level);
  }
  return 0;
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetMemoryInfo(Device device, Memory* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {cost::memory}, [&](const Target& target) {
    uint64_t bytes[4];
    const Return code = read_memory(target, bytes);
    // This version counts what the driver reserves as used.
    if (code == 0) *out = {bytes[0], bytes[2], bytes[0] - bytes[2]};
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {cost::memory}, [&](const Target& target) {
    if (out->version != 0x02000028) return answer::argument_version;
    uint64_t bytes[4];
    const Return code = read_memory(target, bytes);
    if (code == 0) *out = {out->version, bytes[0], bytes[1], bytes[2], bytes[3]};
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetBAR1MemoryInfo(Device device, Memory* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {cost::memory}, [&](const Target& target) {
    uint64_t size = 1;
    while (size < world().gpu(target.gpu).memory_total) size *= 2;
    constexpr uint64_t used = 4u << 20;
    *out = {size, size - used, used};
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMemoryBusWidth(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board& board) { return board.memory_bus_bits; }); }
