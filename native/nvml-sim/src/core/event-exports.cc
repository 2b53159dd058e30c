/** The exported functions of event sets and of GPM. */
#include <algorithm>

#include <time.h>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

struct EventSet { uint64_t types[max_gpus]; uint32_t seen[max_gpus]; };

constexpr uint64_t supported_events = 1 | 2 | 4 | 8 | 0x10;
constexpr uint32_t gpm_first = 50, gpm_count = 9;

struct GpmSample { uint32_t gpu; bool is_taken; StateSlot integrals[gpm_count], levels[gpm_count]; };

bool next_event(EventSet& set, EventData& out) {
  for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
    if (set.types[gpu] == 0) continue;
    const StateGpu& shown = world().gpu(gpu);
    const uint32_t head = world().read(shown.xid_head);
    if (head - set.seen[gpu] > xid_ring_length) set.seen[gpu] = head - xid_ring_length;
    while (set.seen[gpu] != head) {
      const StateXid xid = world().read(shown.xids[set.seen[gpu]++ % xid_ring_length]);
      if ((set.types[gpu] & xid.type) == 0) continue;
      out = {handle_of(gpu), xid.type, xid.xid, 0xffffffff, 0xffffffff};
      return true;
    }
  }
  return false;
}

uint32_t gpm_place(uint32_t id) {
  constexpr uint32_t ids[gpm_count] = {1, 2, 3, 5, 10, 20, 21, 60, 61};
  return static_cast<uint32_t>(std::find(ids, ids + gpm_count, id) - ids);
}

void read_gpm(const GpmSample& from, const GpmSample& to, GpmMetric& metric) {
  const uint32_t at = gpm_place(metric.id);
  metric.short_name = metric.long_name = metric.unit = "";
  if (at == gpm_count) return void(metric.result = answer::not_supported);
  const StateSlot &first = from.integrals[at], &last = to.integrals[at], &level = to.levels[at];
  if (level.return_code != 0 || level.sensor_mono_ns == 0) {
    metric.result = level.return_code != 0 ? level.return_code : answer::not_supported;
  } else if (first.sensor_mono_ns == 0 || last.sensor_mono_ns == 0) {
    metric.result = 0;
    metric.value = level_of(level);
  } else if (last.sensor_mono_ns <= first.sensor_mono_ns) {
    metric.result = answer::no_data;
  } else {
    metric.result = 0;
    metric.value = (level_of(last) - level_of(first)) / (static_cast<double>(last.sensor_mono_ns - first.sensor_mono_ns) / 1e9);
  }
}

bool has_gpm(uint32_t gpu) { return world().gpu(gpu).arch >= 9 && world().persona() != Persona::r510; }

}  // namespace

NVML_SIM_EXPORT Return nvmlEventSetCreate(EventSet** out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] { return *out = new EventSet{}, 0; });
}
NVML_SIM_EXPORT Return nvmlEventSetFree(EventSet* set) {
  if (set == nullptr) return answer::invalid_argument;
  return call_system([&] { return delete set, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedEventTypes(Device device, uint64_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t) { return *out = supported_events, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceRegisterEvents(Device device, uint64_t types, EventSet* set) {
  if (set == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if ((types & ~supported_events) != 0) return answer::not_supported;
    set->types[gpu] |= types;
    set->seen[gpu] = world().read(world().gpu(gpu).xid_head);
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlEventSetWait_v2(EventSet* set, EventData* out, uint32_t timeout_ms) {
  if (set == nullptr || out == nullptr) return answer::invalid_argument;
  const uint64_t until = mono_ns() + uint64_t{timeout_ms} * 1'000'000;
  for (;;) {
    const Return code = call_system([&] { return next_event(*set, *out) ? 0 : answer::timeout; });
    if (code != answer::timeout || mono_ns() >= until) return code;
    const timespec pause{0, 2'000'000};
    nanosleep(&pause, nullptr);
  }
}

NVML_SIM_EXPORT Return nvmlGpmQueryDeviceSupport(Device device, GpmSupport* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (out->version != 1) return answer::argument_version;
    return out->supported = has_gpm(gpu) ? 1 : 0, 0;
  });
}
NVML_SIM_EXPORT Return nvmlGpmSampleAlloc(GpmSample** out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] { return *out = new GpmSample{}, 0; });
}
NVML_SIM_EXPORT Return nvmlGpmSampleFree(GpmSample* sample) {
  if (sample == nullptr) return answer::invalid_argument;
  return call_system([&] { return delete sample, 0; });
}
NVML_SIM_EXPORT Return nvmlGpmSampleGet(Device device, GpmSample* sample) {
  if (sample == nullptr) return answer::invalid_argument;
  return call(device, cost::memory, [&](uint32_t gpu) {
    if (!has_gpm(gpu)) return answer::not_supported;
    sample->gpu = gpu;
    sample->is_taken = true;
    for (uint32_t at = 0; at < gpm_count; ++at) {
      sample->levels[at] = world().slot(gpu, gpm_first + at);
      sample->integrals[at] = world().slot(gpu, gpm_first + gpm_integral_offset + at);
    }
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlGpmMigSampleGet(Device device, uint32_t, GpmSample*) {
  return call(device, cost::getter, [](uint32_t) { return answer::not_found; });
}
NVML_SIM_EXPORT Return nvmlGpmMetricsGet(GpmMetrics* metrics) {
  if (metrics == nullptr) return answer::invalid_argument;
  return call_system([&] {
    if (metrics->version != 1) return answer::argument_version;
    const auto *const from = static_cast<GpmSample*>(metrics->sample1), *const to = static_cast<GpmSample*>(metrics->sample2);
    const bool is_pair = from != nullptr && to != nullptr && from->is_taken && to->is_taken && from->gpu == to->gpu;
    if (!is_pair || metrics->count > 333) return answer::invalid_argument;
    for (uint32_t at = 0; at < metrics->count; ++at) read_gpm(*from, *to, metrics->metrics[at]);
    return 0;
  });
}
