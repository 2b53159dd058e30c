/** The exported functions of processes and of the driver's own samples: lists, with their sizing protocols. */
#include <algorithm>
#include <cstring>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

/** The processes of the GPU, or of one MIG instance. */
ProcessTable processes_of(const Target& target) {
  ProcessTable table = world().processes(target.gpu);
  if (target.mig < 0) return table;
  auto* const end = std::remove_if(table.all, table.all + table.count,
      [&](const StateProcess& each) { return each.mig_place != static_cast<uint32_t>(target.mig) + 1; });
  table.count = static_cast<uint32_t>(end - table.all);
  return table;
}

ProcessDetail detail_of(uint32_t gpu, const StateProcess& process) {
  ProcessDetail detail{process.pid, process.memory_bytes, no_instance, no_instance, 0};
  if (process.mig_place >= 1 && process.mig_place <= max_mig_instances && world().is_mig(gpu)) {
    const StateMigInstance instance = world().read(world().gpu(gpu).mig[process.mig_place - 1]);
    detail.gpu_instance = instance.gpu_instance;
    detail.compute_instance = instance.compute_instance;
  }
  return detail;
}

/** Elements of `stride` bytes, all of which begin as the longest does. */
Return list_processes(Device device, uint32_t* count, void* out, size_t stride) {
  if (count == nullptr) return answer::invalid_argument;
  return call_any(device, {cost::processes}, [&](const Target& target) {
    const ProcessTable table = processes_of(target);
    if (const Return sized = size_for(table.count, count, out); sized != 0) return sized;
    const size_t bytes = stride == 0 ? world().driver().process_stride : stride;
    for (uint32_t at = 0; at < table.count; ++at) {
      const ProcessDetail detail = detail_of(target.gpu, table.all[at]);
      std::memcpy(static_cast<unsigned char*>(out) + at * bytes, &detail, bytes);
    }
    return 0;
  });
}

/** No simulated process draws, or computes through MPS. */
Return list_no_processes(Device device, uint32_t* count) {
  if (count == nullptr) return answer::invalid_argument;
  return call_any(device, {cost::processes}, [&](const Target&) { return *count = 0, 0; });
}

constexpr size_t of_the_driver = 0;

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetComputeRunningProcesses(Device device, uint32_t* count, void* out) { return list_processes(device, count, out, sizeof(ProcessV1)); }
NVML_SIM_EXPORT Return nvmlDeviceGetComputeRunningProcesses_v2(Device device, uint32_t* count, void* out) { return list_processes(device, count, out, sizeof(Process)); }
/** Early 535 drivers wrote elements of 32 bytes under this name. */
NVML_SIM_EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, uint32_t* count, void* out) { return list_processes(device, count, out, of_the_driver); }
NVML_SIM_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v2(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses_v2(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }
NVML_SIM_EXPORT Return nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, uint32_t* count, void*) { return list_no_processes(device, count); }

NVML_SIM_EXPORT Return nvmlDeviceGetRunningProcessDetailList(Device device, ProcessDetailList* list) {
  if (list == nullptr) return answer::invalid_argument;
  return call_any(device, newer(since::nvmlDeviceGetRunningProcessDetailList, cost::processes), [&](const Target& target) {
    if (list->version != 0x01000018) return answer::argument_version;
    if (list->mode > 3) return answer::invalid_argument;
    ProcessTable table = processes_of(target);
    if (list->mode == 1 || list->mode == 2) table.count = 0;
    if (const Return sized = size_for(table.count, &list->count, list->processes); sized != 0) return sized;
    for (uint32_t at = 0; at < table.count; ++at) list->processes[at] = detail_of(target.gpu, table.all[at]);
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetProcessUtilization(Device device, ProcessUtilization* out, uint32_t* count, uint64_t last_seen_us) {
  if (count == nullptr) return answer::invalid_argument;
  return call(device, {cost::processes}, [&](uint32_t gpu) {
    if (world().is_mig(gpu)) return answer::not_supported;
    const ProcessTable table = world().processes(gpu);
    const auto is_new = [&](const StateProcess& each) { return each.timestamp_us > last_seen_us; };
    const auto needed = static_cast<uint32_t>(std::count_if(table.all, table.all + table.count, is_new));
    if (needed == 0) return *count = 0, answer::not_found;
    if (const Return sized = size_for(needed, count, out); sized != 0) return sized;
    for (uint32_t at = 0, to = 0; at < table.count; ++at) {
      const StateProcess& each = table.all[at];
      if (is_new(each)) out[to++] = {each.pid, each.timestamp_us, each.sm_pct, each.mem_pct, each.encoder_pct, each.decoder_pct};
    }
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetProcessesUtilizationInfo(Device device, ProcessUtilizationList* list) {
  if (list == nullptr) return answer::invalid_argument;
  return call(device, newer(since::nvmlDeviceGetProcessesUtilizationInfo, cost::processes), [&](uint32_t gpu) {
    if (list->version != 0x01000018) return answer::argument_version;
    if (world().is_mig(gpu)) return answer::not_supported;
    const ProcessTable table = world().processes(gpu);
    const auto is_new = [&](const StateProcess& each) { return each.timestamp_us > list->last_seen_us; };
    const auto needed = static_cast<uint32_t>(std::count_if(table.all, table.all + table.count, is_new));
    if (const Return sized = size_for(needed, &list->count, list->processes); sized != 0) return sized;
    for (uint32_t at = 0, to = 0; at < table.count; ++at) {
      const StateProcess& each = table.all[at];
      if (is_new(each)) list->processes[to++] = {each.timestamp_us, each.pid, each.sm_pct, each.mem_pct, each.encoder_pct, each.decoder_pct, 0, 0};
    }
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetSamples(Device device, uint32_t type, uint64_t last_seen_us, uint32_t* value_type, uint32_t* count, Sample* out) {
  if (count == nullptr || value_type == nullptr) return answer::invalid_argument;
  return call(device, {cost::memory}, [&](uint32_t gpu) {
    StateSampleRing ring;
    if (!world().samples(gpu, type, ring) || (type != 0 && world().is_mig(gpu))) return answer::not_supported;
    constexpr uint32_t type_u32 = 1;
    *value_type = type_u32;
    if (out == nullptr) return *count = sample_ring_length, 0;
    // Oldest first, as many as there is room for: what is left is newer than the last one given, so the next call gets it.
    const uint32_t room = *count;
    *count = 0;
    for (uint32_t at = ring.head - std::min(ring.head, sample_ring_length); at != ring.head && *count < room; ++at) {
      const StateSample& each = ring.samples[at % sample_ring_length];
      if (each.timestamp_us > last_seen_us) out[(*count)++] = {each.timestamp_us, each.value};
    }
    return *count == 0 ? answer::not_found : 0;
  });
}
