#pragma once
/** What all exported functions do alike: the init check, the handle, the stall, the lock, the cost, the device's state. */
#include "world.h"

#define NVML_SIM_EXPORT extern "C" __attribute__((visibility("default")))

namespace fluidscope::nvml_sim {

using Device = void*;

/** Handles are addresses in this array, so that a wrong one is seen. */
extern unsigned char device_handles[max_gpus];

inline Device handle_of(uint32_t gpu) { return &device_handles[gpu]; }

inline bool gpu_of(Device device, uint32_t& gpu) {
  const auto at = reinterpret_cast<uintptr_t>(device), base = reinterpret_cast<uintptr_t>(device_handles);
  gpu = static_cast<uint32_t>(at - base);
  return at >= base && at < base + max_gpus && gpu < world().gpu_count();
}

template <typename Body> Return call(Device device, double cost_us, Body body) {
  World& all = world();
  uint32_t gpu = 0;
  {
    const std::lock_guard<std::mutex> held(all.lock);
    if (!all.is_initialized()) return answer::uninitialized;
    if (!gpu_of(device, gpu)) return answer::invalid_argument;
  }
  all.wait_out_stall(gpu);
  const std::lock_guard<std::mutex> held(all.lock);
  if (!all.is_initialized()) return answer::uninitialized;
  all.spend(cost_us);
  const Return state = all.device_state(gpu);
  return state != 0 ? state : body(gpu);
}

template <typename Body> Return call_system(Body body) {
  const std::lock_guard<std::mutex> held(world().lock);
  if (!world().is_initialized()) return answer::uninitialized;
  return body();
}

/** 0 and the slot, or why it shows nothing. */
inline Return read_slot(uint32_t gpu, uint32_t id, StateSlot& slot) {
  slot = world().slot(gpu, id);
  if (slot.return_code != 0) return slot.return_code;
  return slot.sensor_mono_ns == 0 ? answer::not_supported : 0;
}

inline double level_of(const StateSlot& slot) {
  double level = 0;
  std::memcpy(&level, &slot.value_bits, sizeof level);
  return level;
}

inline Return read_level(uint32_t gpu, uint32_t id, double& level) {
  StateSlot slot;
  const Return code = read_slot(gpu, id, slot);
  if (code == 0) level = level_of(slot);
  return code;
}

inline Return get_level(Device device, uint32_t id, uint32_t* out, double cost_us = cost::getter) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost_us, [&](uint32_t gpu) {
    double level = 0;
    const Return code = read_level(gpu, id, level);
    if (code == 0) *out = static_cast<uint32_t>(level);
    return code;
  });
}

inline Return get_count(Device device, uint32_t id, uint64_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    StateSlot slot;
    const Return code = read_slot(gpu, id, slot);
    if (code == 0) *out = slot.value_bits;
    return code;
  });
}

/** Writes text and its NUL, or nothing. */
inline Return put_text(const char* text, char* out, uint32_t length) {
  const size_t needed = std::strlen(text) + 1;
  if (out == nullptr) return answer::invalid_argument;
  if (needed > length) return answer::insufficient_size;
  std::memcpy(out, text, needed);
  return 0;
}

}  // namespace fluidscope::nvml_sim
