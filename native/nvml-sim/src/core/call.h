#pragma once
/** What all exported functions do alike: the init check, the driver's age, the handle, the stall, the lock, the cost, the device's state. */
#include "world.h"

#define NVML_SIM_EXPORT extern "C" __attribute__((visibility("default")))

namespace fluidscope::nvml_sim {

using Device = void*;

/** A GPU, or a MIG instance on it: the place that it has there, else -1. */
struct Target {
  uint32_t gpu;
  int32_t mig;
};

Device handle_of(uint32_t gpu);
/** Dies when the instance in its place changes. */
Device handle_of_mig(uint32_t gpu, uint32_t place, uint32_t generation);
/** False for what is no handle, or one of an instance that is gone. */
bool target_of(Device device, Target& target);

/** What a call costs, and which drivers have it. */
struct Terms {
  double cost_us = cost::getter;
  uint32_t since = 0;
  bool is_classic = false;
};
constexpr Terms newer(uint32_t since, double cost_us = cost::getter) { return {cost_us, since, false}; }
/** Deprecated by CUDA 13's header. */
constexpr Terms classic(double cost_us = cost::getter) { return {cost_us, 0, true}; }

/** 0, or why no call, or none on these terms, can be made now. Under the lock. */
Return refusal(const Terms& terms);

template <typename Body> Return call_system(const Terms& terms, Body body) {
  const std::lock_guard<std::mutex> held(world().lock);
  const Return refused = refusal(terms);
  return refused != 0 ? refused : body();
}
template <typename Body> Return call_system(Body body) { return call_system(Terms{}, body); }

/** For functions that a MIG instance's handle serves too: the body gets the target. */
template <typename Body> Return call_any(Device device, const Terms& terms, Body body) {
  World& all = world();
  Target target{};
  const StateGpu* shown = nullptr;
  {
    const std::lock_guard<std::mutex> held(all.lock);
    if (const Return refused = refusal(terms); refused != 0) return refused;
    if (!target_of(device, target)) return answer::invalid_argument;
    shown = &all.gpu(target.gpu);
  }
  all.wait_out_stall(*shown);
  const std::lock_guard<std::mutex> held(all.lock);
  if (const Return refused = refusal(terms); refused != 0) return refused;
  all.spend(terms.cost_us);
  if (const Return state = all.device_state(target.gpu); state != 0) return state;
  // The wait may have outlived the instance.
  return target_of(device, target) ? body(target) : answer::invalid_argument;
}

/** For functions of a whole GPU: the body gets its number. */
template <typename Body> Return call(Device device, const Terms& terms, Body body) {
  return call_any(device, terms, [&](const Target& target) { return target.mig >= 0 ? answer::not_supported : body(target.gpu); });
}

/** 0 and the slot, or why it shows nothing. */
Return read_slot(uint32_t gpu, uint32_t id, StateSlot& slot);
Return read_level(uint32_t gpu, uint32_t id, double& level);
Return read_count(uint32_t gpu, uint32_t id, uint64_t& count);
double level_of(const StateSlot& slot);

Return get_level(Device device, uint32_t id, uint32_t* out, const Terms& terms = {});
Return get_count(Device device, uint32_t id, uint64_t* out, const Terms& terms = {});

/** What the board's table says, by `pick(board)`. */
template <typename Pick> Return get_of_board(Device device, uint32_t* out, Pick pick) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return *out = pick(world().board(gpu)), 0; });
}

/** A word of the GPU's block. */
Return get_word(Device device, uint32_t* out, uint32_t StateGpu::* member);

/** Writes text and its NUL, or nothing. */
Return put_text(const char* text, char* out, uint32_t length);

/** The sizing protocol: says how many there are, and whether the caller has room for them. */
Return size_for(uint32_t needed, uint32_t* count, const void* room);

}  // namespace fluidscope::nvml_sim
