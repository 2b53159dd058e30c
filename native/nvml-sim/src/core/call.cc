#include "call.h"

namespace fluidscope::nvml_sim {

namespace {

constexpr uint32_t generations = 256;

/** Handles are addresses in these arrays, so that a wrong one is seen. */
unsigned char device_handles[max_gpus];
unsigned char mig_handles[max_gpus][max_mig_instances][generations];

/** The offset of an address in an array, or its size. */
size_t offset_in(const void* address, const void* array, size_t size) {
  const auto at = reinterpret_cast<uintptr_t>(address), base = reinterpret_cast<uintptr_t>(array);
  return at >= base && at < base + size ? at - base : size;
}

}  // namespace

Device handle_of(uint32_t gpu) { return &device_handles[gpu]; }

Device handle_of_mig(uint32_t gpu, uint32_t place, uint32_t generation) { return &mig_handles[gpu][place][generation % generations]; }

bool target_of(Device device, Target& target) {
  const size_t whole = offset_in(device, device_handles, sizeof device_handles);
  if (whole < sizeof device_handles) return target = {static_cast<uint32_t>(whole), -1}, whole < world().gpu_count();
  const size_t part = offset_in(device, mig_handles, sizeof mig_handles);
  if (part == sizeof mig_handles) return false;
  const size_t generation = part % generations, place = part / generations % max_mig_instances, gpu = part / generations / max_mig_instances;
  if (gpu >= world().gpu_count() || !world().is_mig(static_cast<uint32_t>(gpu))) return false;
  const uint32_t current = world().read(world().gpu(static_cast<uint32_t>(gpu)).mig[place].generation);
  target = {static_cast<uint32_t>(gpu), static_cast<int32_t>(place)};
  return current != 0 && current % generations == generation;
}

Return refusal(const Terms& terms) {
  World& all = world();
  if (const Return code = all.availability(); code != 0) return code;
  const PersonaTraits& driver = all.driver();
  if (driver.branch < terms.since) return answer::function_not_found;
  return terms.is_classic && driver.refuses_classic ? answer::deprecated : 0;
}

Return read_slot(uint32_t gpu, uint32_t id, StateSlot& slot) {
  slot = world().slot(gpu, id);
  if (slot.return_code != 0) return slot.return_code;
  return slot.sensor_mono_ns == 0 ? answer::not_supported : 0;
}

double level_of(const StateSlot& slot) {
  double level = 0;
  std::memcpy(&level, &slot.value_bits, sizeof level);
  return level;
}

Return read_level(uint32_t gpu, uint32_t id, double& level) {
  StateSlot slot;
  const Return code = read_slot(gpu, id, slot);
  if (code == 0) level = level_of(slot);
  return code;
}

Return read_count(uint32_t gpu, uint32_t id, uint64_t& count) {
  StateSlot slot;
  const Return code = read_slot(gpu, id, slot);
  if (code == 0) count = slot.value_bits;
  return code;
}

Return get_level(Device device, uint32_t id, uint32_t* out, const Terms& terms) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, terms, [&](uint32_t gpu) {
    double level = 0;
    const Return code = read_level(gpu, id, level);
    if (code == 0) *out = static_cast<uint32_t>(level);
    return code;
  });
}

Return get_count(Device device, uint32_t id, uint64_t* out, const Terms& terms) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, terms, [&](uint32_t gpu) {
    uint64_t count = 0;
    const Return code = read_count(gpu, id, count);
    if (code == 0) *out = count;
    return code;
  });
}

Return get_word(Device device, uint32_t* out, uint32_t StateGpu::* member) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return *out = world().read(world().gpu(gpu).*member), 0; });
}

Return put_text(const char* text, char* out, uint32_t length) {
  const size_t needed = std::strlen(text) + 1;
  if (out == nullptr) return answer::invalid_argument;
  if (needed > length) return answer::insufficient_size;
  std::memcpy(out, text, needed);
  return 0;
}

Return size_for(uint32_t needed, uint32_t* count, const void* room) {
  const uint32_t given = *count;
  *count = needed;
  if (needed == 0) return 0;
  return room == nullptr || given < needed ? answer::insufficient_size : 0;
}

}  // namespace fluidscope::nvml_sim
