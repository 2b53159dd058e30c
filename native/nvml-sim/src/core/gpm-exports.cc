/** The exported functions of GPM: means between two samples, of a GPU or of a MIG instance on it. */
#include <algorithm>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

constexpr uint32_t gpm_first = 50, gpm_count = 9;

struct GpmSample {
  uint32_t gpu;
  /** -1: the whole GPU. */
  int32_t mig;
  bool is_taken;
  StateSlot integrals[gpm_count], levels[gpm_count];
};

/** The place of NVML's metric id among 50 to 58, or their count. */
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
    // An instance has no level that could stand for the mean.
    metric.result = to.mig < 0 ? 0 : answer::no_data;
    if (to.mig < 0) metric.value = level_of(level);
  } else if (last.sensor_mono_ns <= first.sensor_mono_ns) {
    metric.result = answer::no_data;
  } else {
    metric.result = 0;
    metric.value = (level_of(last) - level_of(first)) / (static_cast<double>(last.sensor_mono_ns - first.sensor_mono_ns) / 1e9);
  }
}

void take(GpmSample& sample, uint32_t gpu, int32_t mig) {
  sample = {};
  sample.gpu = gpu;
  sample.mig = mig;
  sample.is_taken = true;
  for (uint32_t at = 0; at < gpm_count; ++at) {
    if (mig < 0) {
      sample.levels[at] = world().slot(gpu, gpm_first + at);
      sample.integrals[at] = world().slot(gpu, gpm_first + gpm_integral_offset + at);
    } else if (at < mig_gpm_count) {
      sample.integrals[at] = world().slot(gpu, mig_gpm_slot + mig_gpm_count * static_cast<uint32_t>(mig) + at);
      sample.levels[at] = sample.integrals[at];
    }
  }
}

bool has_gpm(uint32_t gpu) { return world().gpu(gpu).arch >= 9; }

}  // namespace

NVML_SIM_EXPORT Return nvmlGpmQueryDeviceSupport(Device device, GpmSupport* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, newer(since::nvmlGpmQueryDeviceSupport), [&](const Target& target) {
    if (out->version != 1) return answer::argument_version;
    return out->supported = has_gpm(target.gpu) ? 1 : 0, 0;
  });
}
NVML_SIM_EXPORT Return nvmlGpmSampleAlloc(GpmSample** out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system(newer(since::nvmlGpmSampleAlloc), [&] { return *out = new GpmSample{}, 0; });
}
NVML_SIM_EXPORT Return nvmlGpmSampleFree(GpmSample* sample) {
  if (sample == nullptr) return answer::invalid_argument;
  // Also when the driver is gone, or nobody could give the memory back.
  const std::lock_guard<std::mutex> held(world().lock);
  if (world().availability() == answer::uninitialized) return answer::uninitialized;
  return delete sample, 0;
}
NVML_SIM_EXPORT Return nvmlGpmSampleGet(Device device, GpmSample* sample) {
  if (sample == nullptr) return answer::invalid_argument;
  return call(device, newer(since::nvmlGpmSampleGet, cost::memory), [&](uint32_t gpu) {
    if (!has_gpm(gpu)) return answer::not_supported;
    return take(*sample, gpu, -1), 0;
  });
}
NVML_SIM_EXPORT Return nvmlGpmMigSampleGet(Device device, uint32_t gpu_instance, GpmSample* sample) {
  if (sample == nullptr) return answer::invalid_argument;
  return call(device, newer(since::nvmlGpmMigSampleGet, cost::memory), [&](uint32_t gpu) {
    if (!has_gpm(gpu)) return answer::not_supported;
    for (uint32_t place = 0; place < max_mig_instances && world().is_mig(gpu); ++place) {
      const StateMigInstance instance = world().read(world().gpu(gpu).mig[place]);
      if (instance.generation != 0 && instance.gpu_instance == gpu_instance) return take(*sample, gpu, static_cast<int32_t>(place)), 0;
    }
    return answer::not_found;
  });
}
NVML_SIM_EXPORT Return nvmlGpmMetricsGet(GpmMetrics* metrics) {
  if (metrics == nullptr) return answer::invalid_argument;
  return call_system(newer(since::nvmlGpmMetricsGet), [&] {
    if (metrics->version != 1) return answer::argument_version;
    const auto *const from = static_cast<GpmSample*>(metrics->sample1), *const to = static_cast<GpmSample*>(metrics->sample2);
    const bool is_pair = from != nullptr && to != nullptr && from->is_taken && to->is_taken && from->gpu == to->gpu && from->mig == to->mig;
    if (!is_pair || metrics->count > 333) return answer::invalid_argument;
    for (uint32_t at = 0; at < metrics->count; ++at) read_gpm(*from, *to, metrics->metrics[at]);
    return 0;
  });
}
