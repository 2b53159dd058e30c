#include <algorithm>

#include "durations.h"
#include "readers.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

namespace {

/** The driver's own ring of samples, with its wall-clock times; drained every 2 s, so none of its about 72 is lost. */
void add_type(Session& session, Gpu& gpu, uint32_t type, Metric metric) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  auto last_us = std::make_shared<uint64_t>(0);
  auto samples = std::make_shared<std::vector<nvml::Sample>>(256);
  add(session, gpu, Tier::buffered, {metric}, nvml->nvmlDeviceGetSamples != nullptr, [=](Context& context) -> Return {
    uint32_t value_type = 0, count = static_cast<uint32_t>(samples->size());
    const Return answer = context.call([&] {
      return nvml->nvmlDeviceGetSamples(device, type, *last_us, &value_type, &count, samples->data());
    });
    if (answer == nvml::code::not_found || answer == nvml::code::timeout) return 0;
    if (answer != 0) return answer;
    uint64_t newest_us = *last_us;
    const uint64_t offset_ns = wall_minus_monotonic_ns();
    for (uint32_t at = 0; at < count && at < samples->size(); ++at) {
      const nvml::Sample& sample = (*samples)[at];
      if (sample.timeStamp <= *last_us || sample.timeStamp * ns_per_us < offset_ns) continue;
      newest_us = std::max(newest_us, sample.timeStamp);
      double real = 0;
      uint64_t whole = 0;
      if (!number_of(value_type, sample.value, real, whole)) continue;
      context.emit(metric, real, 0, flag_buffered, sample.timeStamp * ns_per_us - offset_ns);
    }
    *last_us = newest_us;
    return 0;
  });
}

}  // namespace

void add_buffered(Session& session, Gpu& gpu) {
  add_type(session, gpu, 0, Metric::power_buffered_mw);
  add_type(session, gpu, 1, Metric::utilization_gpu_buffered_pct);
  add_type(session, gpu, 2, Metric::utilization_memory_buffered_pct);
}

}  // namespace fluidscope
