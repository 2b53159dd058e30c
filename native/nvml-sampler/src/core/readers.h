#pragma once
/**
 * How a GPU gets its readers, a file for each concept. A reader makes its calls through Context::call, so that each is timed and
 * watched, and answers what NVML answered; what a library lacks is noted as absent when the GPU is opened.
 */
#include "context.h"

namespace fluidscope {

void add_fast(Session& session, Gpu& gpu);
void add_counters(Session& session, Gpu& gpu);
void add_gauges(Session& session, Gpu& gpu);
void add_buffered(Session& session, Gpu& gpu);
void add_gpm(Session& session, Gpu& gpu);
void add_links(Session& session, Gpu& gpu);
void add_processes(Session& session, Gpu& gpu);
void add_inventory(Session& session, Gpu& gpu);

/** One reader; `exists` is whether the library has its function. */
void add(Session& session, Gpu& gpu, Tier tier, std::vector<Metric> metrics, bool exists, std::function<nvml::Return(Context&)> read);

/** A u32 getter: one value, one metric. */
template <typename Function, typename... Leading>
void add_u32(Session& session, Gpu& gpu, Tier tier, Metric metric, Function function, Leading... leading) {
  const nvml::Device device = gpu.handle;
  add(session, gpu, tier, {metric}, function != nullptr, [=](Context& context) {
    uint32_t value = 0;
    const nvml::Return answer = context.call([&] { return function(device, leading..., &value); });
    if (answer == 0) context.emit(metric, value);
    return answer;
  });
}

/** One value of NVML's union as a real number and as a whole one; false for a type that this sampler does not know. */
bool number_of(uint32_t value_type, const nvml::Value& value, double& real, uint64_t& whole);

/** What to subtract from the driver's wall-clock times to have CLOCK_MONOTONIC. */
uint64_t wall_minus_monotonic_ns();

}  // namespace fluidscope
