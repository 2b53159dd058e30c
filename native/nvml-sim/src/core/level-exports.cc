/** The exported functions of levels: utilization, power, heat, fans, clocks and what holds clocks down. */
#include <algorithm>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return idle_engine(Device device, uint32_t* out, uint32_t* period_us) {
  if (out == nullptr || period_us == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (world().is_mig(gpu)) return answer::not_supported;
    return *out = 0, *period_us = 167'000, 0;
  });
}

/** All reasons that a mask can show. */
constexpr uint64_t known_reasons = 0x1ff;

uint32_t max_clock(const Board& board, uint32_t type) { return type == 2 ? board.max_memory_mhz : board.max_sm_mhz; }

Return get_max_clock(Device device, uint32_t type, uint32_t* out, const Terms& terms) {
  if (type > 3 || out == nullptr) return answer::invalid_argument;
  return call(device, terms, [&](uint32_t gpu) { return *out = max_clock(world().board(gpu), type), 0; });
}

Return supported_reasons(Device device, uint64_t* out, const Terms& terms) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, terms, [&](uint32_t) { return *out = known_reasons, 0; });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetUtilizationRates(Device device, Utilization* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (world().is_mig(gpu)) return answer::not_supported;
    double busy = 0, memory = 0;
    const Return code = read_level(gpu, 30, busy);
    if (code != 0) return code;
    const Return second = read_level(gpu, 31, memory);
    if (second == 0) *out = {static_cast<uint32_t>(busy), static_cast<uint32_t>(memory)};
    return second;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetEncoderUtilization(Device device, uint32_t* out, uint32_t* period_us) { return idle_engine(device, out, period_us); }
NVML_SIM_EXPORT Return nvmlDeviceGetDecoderUtilization(Device device, uint32_t* out, uint32_t* period_us) { return idle_engine(device, out, period_us); }

NVML_SIM_EXPORT Return nvmlDeviceGetPowerUsage(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    double level = 0;
    // Where a board has an average, this shows it.
    const Return code = read_level(gpu, 24, level) == 0 ? 0 : read_level(gpu, 5, level);
    if (code == 0) *out = static_cast<uint32_t>(level);
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetEnforcedPowerLimit(Device device, uint32_t* out) { return get_level(device, 34, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementLimit(Device device, uint32_t* out) { return get_level(device, 34, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementDefaultLimit(Device device, uint32_t* out) { return get_word(device, out, &StateGpu::power_limit_default_mw); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementLimitConstraints(Device device, uint32_t* least, uint32_t* most) {
  if (least == nullptr || most == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    const Board& board = world().board(gpu);
    return *least = board.limit_min_mw, *most = board.limit_max_mw, 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementMode(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, classic(), [&](uint32_t) { return *out = 1, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTotalEnergyConsumption(Device device, uint64_t* out) { return get_count(device, 10, out); }

NVML_SIM_EXPORT Return nvmlDeviceGetTemperature(Device device, uint32_t sensor, uint32_t* out) {
  return sensor == 0 ? get_level(device, 32, out, classic()) : answer::invalid_argument;
}
NVML_SIM_EXPORT Return nvmlDeviceGetTemperatureV(Device device, TemperatureV* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, newer(since::nvmlDeviceGetTemperatureV), [&](uint32_t gpu) {
    if (out->version != 0x0100000c) return answer::argument_version;
    double level = 0;
    const Return code = out->sensor == 0 ? read_level(gpu, 32, level) : answer::invalid_argument;
    if (code == 0) out->temperature = static_cast<int32_t>(level);
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTemperatureThreshold(Device device, uint32_t kind, uint32_t* out) {
  if (out == nullptr || kind > 7) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    // Shutdown, slowdown, memory's and the GPU's highest; the acoustic ones are for boards with a fan, which have no memory sensor.
    constexpr uint32_t celsius[] = {93, 90, 105, 87};
    if (kind > 3 || (kind == 2 && !world().board(gpu).has_ecc)) return answer::not_supported;
    return *out = celsius[kind], 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetNumFans(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board& board) { return board.has_fan ? 1u : 0u; }); }
NVML_SIM_EXPORT Return nvmlDeviceGetFanSpeed(Device device, uint32_t* out) { return get_level(device, 62, out, {cost::fan}); }
NVML_SIM_EXPORT Return nvmlDeviceGetFanSpeed_v2(Device device, uint32_t fan, uint32_t* out) {
  return fan == 0 ? get_level(device, 62, out, {cost::fan}) : answer::invalid_argument;
}

NVML_SIM_EXPORT Return nvmlDeviceGetClockInfo(Device device, uint32_t type, uint32_t* out) {
  if (type > 3) return answer::invalid_argument;
  return get_level(device, type == 2 ? 2 : 1, out);
}
NVML_SIM_EXPORT Return nvmlDeviceGetMaxClockInfo(Device device, uint32_t type, uint32_t* out) { return get_max_clock(device, type, out, {}); }
NVML_SIM_EXPORT Return nvmlDeviceGetMaxCustomerBoostClock(Device device, uint32_t type, uint32_t* out) { return get_max_clock(device, type, out, {}); }
NVML_SIM_EXPORT Return nvmlDeviceGetApplicationsClock(Device device, uint32_t type, uint32_t* out) { return get_max_clock(device, type, out, classic()); }
NVML_SIM_EXPORT Return nvmlDeviceGetDefaultApplicationsClock(Device device, uint32_t type, uint32_t* out) { return get_max_clock(device, type, out, classic()); }
NVML_SIM_EXPORT Return nvmlDeviceGetClock(Device device, uint32_t type, uint32_t kind, uint32_t* out) {
  if (kind > 3) return answer::invalid_argument;
  return kind == 0 ? nvmlDeviceGetClockInfo(device, type, out) : get_max_clock(device, type, out, {});
}
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedMemoryClocks(Device device, uint32_t* count, uint32_t* out) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    const Return sized = size_for(1, count, out);
    if (sized == 0) *out = world().board(gpu).max_memory_mhz;
    return sized;
  });
}
/** From the highest down in steps of 15 MHz. */
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedGraphicsClocks(Device device, uint32_t memory_mhz, uint32_t* count, uint32_t* out) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    const Board& board = world().board(gpu);
    if (memory_mhz != board.max_memory_mhz) return answer::not_found;
    const Return sized = size_for((board.max_sm_mhz - board.idle_sm_mhz) / 15 + 1, count, out);
    for (uint32_t at = 0; sized == 0 && at < *count; ++at) out[at] = board.max_sm_mhz - 15 * at;
    return sized;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetPerformanceState(Device device, uint32_t* out) { return get_level(device, 4, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerState(Device device, uint32_t* out) { return get_level(device, 4, out, classic()); }
NVML_SIM_EXPORT Return nvmlDeviceGetCurrentClocksEventReasons(Device device, uint64_t* out) {
  return get_count(device, 3, out, newer(since::nvmlDeviceGetCurrentClocksEventReasons));
}
NVML_SIM_EXPORT Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, uint64_t* out) { return get_count(device, 3, out, classic()); }
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedClocksEventReasons(Device device, uint64_t* out) {
  return supported_reasons(device, out, newer(since::nvmlDeviceGetSupportedClocksEventReasons));
}
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedClocksThrottleReasons(Device device, uint64_t* out) { return supported_reasons(device, out, classic()); }
NVML_SIM_EXPORT Return nvmlDeviceGetViolationStatus(Device device, uint32_t policy, ViolationTime* out) {
  if (out == nullptr || policy > 11) return answer::invalid_argument;
  return call(device, classic(), [&](uint32_t gpu) {
    // Power, thermal, sync boost; the others are not kept.
    constexpr uint32_t ids[] = {11, 13, 12};
    if (policy > 2) return answer::not_supported;
    uint64_t ns = 0;
    const Return code = read_count(gpu, ids[policy], ns);
    if (code == 0) *out = {static_cast<uint64_t>(wall_us()), ns};
    return code;
  });
}
