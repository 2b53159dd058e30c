/** The exported functions that fill the caller's lists: processes, samples, field values. */
#include <algorithm>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

struct Processes { uint32_t count; StateProcess all[max_processes]; };

Processes processes_of(uint32_t gpu) {
  Processes list{};
  const StateGpu& shown = world().gpu(gpu);
  list.count = std::min(world().read(shown.process_count), max_processes);
  for (uint32_t at = 0; at < list.count; ++at) list.all[at] = world().read(shown.processes[at]);
  return list;
}

/** The sizing protocol: says how many there are, and whether the caller has room for them. */
Return size_for(uint32_t needed, uint32_t* count, const void* room) {
  const uint32_t given = *count;
  *count = needed;
  if (needed == 0) return 0;
  return room == nullptr || given < needed ? answer::insufficient_size : 0;
}

Return list_processes(Device device, uint32_t* count, void* out) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, cost::processes, [&](uint32_t gpu) {
    const Processes list = processes_of(gpu);
    const Return sized = size_for(list.count, count, out);
    if (sized != 0) return sized;
    // Early 535 drivers wrote elements of 32 bytes.
    const size_t stride = world().persona() == Persona::r535_early ? 32 : sizeof(Process);
    for (uint32_t at = 0; at < list.count; ++at) {
      const Process process{list.all[at].pid, list.all[at].memory_bytes, 0xffffffff, 0xffffffff};
      unsigned char* const place = static_cast<unsigned char*>(out) + at * stride;
      std::memset(place, 0, stride);
      std::memcpy(place, &process, sizeof process);
    }
    return 0;
  });
}

Return list_no_processes(Device device, uint32_t* count) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, cost::processes, [&](uint32_t) { return *count = 0, 0; });
}

/** The metric of a field id on this driver, or 0; ids 251 to 253 and 269 to 271 changed places during 580. */
uint32_t slot_of_field(uint32_t id) {
  const Persona persona = world().persona();
  const bool is_old = persona == Persona::r575 || persona == Persona::r580_early;
  const bool is_new = persona == Persona::r580 || persona == Persona::r595 || persona == Persona::cuda14;
  if (is_old && id >= 251 && id <= 253) return id - 251 + 13;
  if (is_new && id >= 269 && id <= 271) return id - 269 + 13;
  switch (id) {
    case 74: return 11;
    case 76: return 12;
    case 82: return 33;
    case 83: return 10;
    case 94: return 80;
    case 138: return 18;
    case 139: return 19;
    case 185: return persona == Persona::r510 ? 0 : 24;
    case 186: return persona == Persona::r510 ? 0 : 5;
    case 197: return persona == Persona::r510 ? 0 : 16;
    case 198: return persona == Persona::r510 ? 0 : 17;
    default: return 0;
  }
}

void read_field(uint32_t gpu, FieldValue& field) {
  StateSlot slot;
  const uint32_t id = slot_of_field(field.id);
  field.timestamp_us = wall_us();
  field.latency_us = 0;
  field.result = id == 0 ? answer::invalid_argument : read_slot(gpu, id, slot);
  if (field.result != 0) return;
  const bool is_level = id == 5 || id == 24 || id == 33;
  field.value_type = is_level ? 1 : 3;
  field.value = is_level ? static_cast<uint64_t>(level_of(slot)) : slot.value_bits;
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, uint32_t* count, void* out) { return list_processes(device, count, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }

NVML_SIM_EXPORT Return nvmlDeviceGetProcessUtilization(Device device, ProcessUtilization* out, uint32_t* count, uint64_t last_seen_us) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, cost::processes, [&](uint32_t gpu) {
    const Processes list = processes_of(gpu);
    uint32_t needed = 0;
    for (uint32_t at = 0; at < list.count; ++at) needed += list.all[at].timestamp_us > last_seen_us ? 1 : 0;
    if (needed == 0) return *count = 0, answer::not_found;
    const Return sized = size_for(needed, count, out);
    if (sized != 0) return sized;
    for (uint32_t at = 0, to = 0; at < list.count; ++at) {
      const StateProcess& each = list.all[at];
      if (each.timestamp_us > last_seen_us) out[to++] = {each.pid, each.timestamp_us, each.sm_pct, each.mem_pct, each.encoder_pct, each.decoder_pct};
    }
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetProcessesUtilizationInfo(Device device, ProcessUtilizationList* list) {
  if (list == nullptr) return answer::invalid_argument;
  return call(device, cost::processes, [&](uint32_t gpu) {
    const Persona persona = world().persona();
    if (persona == Persona::r510 || persona == Persona::r535_early) return answer::function_not_found;
    if (list->version != 0x01000018) return answer::argument_version;
    const Processes shown = processes_of(gpu);
    const Return sized = size_for(shown.count, &list->count, list->processes);
    if (sized != 0) return sized;
    for (uint32_t at = 0; at < shown.count; ++at) {
      const StateProcess& each = shown.all[at];
      list->processes[at] = {each.timestamp_us, each.pid, each.sm_pct, each.mem_pct, each.encoder_pct, each.decoder_pct, 0, 0};
    }
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetSamples(Device device, uint32_t type, uint64_t last_seen_us, uint32_t* value_type, uint32_t* count, Sample* out) {
  if (count == nullptr || value_type == nullptr) return answer::invalid_argument;
  return call(device, cost::memory, [&](uint32_t gpu) {
    if (type > 1) return answer::not_supported;
    const StateGpu& shown = world().gpu(gpu);
    const StateSampleRing ring = world().read(type == 0 ? shown.power_samples : shown.utilization_samples);
    *value_type = 1;
    if (out == nullptr) return *count = sample_ring_length, 0;
    if (ring.head == 0) return *count = 0, answer::not_found;
    uint32_t to = 0;
    const uint32_t from = ring.head > sample_ring_length ? ring.head - sample_ring_length : 0;
    for (uint32_t at = from; at < ring.head; ++at) {
      const StateSample& each = ring.samples[at % sample_ring_length];
      if (each.timestamp_us <= last_seen_us) continue;
      if (to == *count) return answer::insufficient_size;
      out[to++] = {each.timestamp_us, each.value};
    }
    *count = to;
    return to == 0 ? answer::not_found : 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetFieldValues(Device device, int32_t count, FieldValue* fields) {
  if (count <= 0 || fields == nullptr) return answer::invalid_argument;
  return call(device, cost::getter + count, [&](uint32_t gpu) {
    for (int32_t at = 0; at < count; ++at) read_field(gpu, fields[at]);
    return 0;
  });
}
