#include "readers.h"

#include <algorithm>
#include <ctime>

namespace fluidscope {

void add(Session& session, Gpu& gpu, Tier tier, std::vector<Metric> metrics, bool exists,
         std::function<nvml::Return(Context&)> read) {
  if (!exists) return session.set_absent(gpu, metrics, "this library has no such function");
  gpu.desks[static_cast<size_t>(lane_of(tier))].readers.push_back({tier, std::move(metrics), std::move(read)});
}

bool number_of(uint32_t value_type, const nvml::Value& value, double& real, uint64_t& whole) {
  switch (value_type) {
    case 0: real = value.d; whole = real < 0 ? 0 : static_cast<uint64_t>(real); return true;
    case 1: whole = value.ui; break;
    case 2: case 3: whole = value.ull; break;
    case 4: real = static_cast<double>(value.sll); whole = value.sll < 0 ? 0 : static_cast<uint64_t>(value.sll); return true;
    case 5: real = value.si; whole = value.si < 0 ? 0 : static_cast<uint64_t>(value.si); return true;
    case 6: whole = value.us; break;
    default: return false;
  }
  real = static_cast<double>(whole);
  return true;
}

uint64_t wall_minus_monotonic_ns() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  return static_cast<uint64_t>(wall.tv_sec) * 1000000000u + static_cast<uint64_t>(wall.tv_nsec) - monotonic_ns();
}

void furnish(Session& session, Gpu& gpu) {
  add_fast(session, gpu);
  add_counters(session, gpu);
  add_gauges(session, gpu);
  add_buffered(session, gpu);
  add_gpm(session, gpu);
  add_links(session, gpu);
  add_processes(session, gpu);
  add_inventory(session, gpu);
  // By tier, so that a pass of the fast one ends at its last reader and does not look at all.
  for (Desk& desk : gpu.desks) {
    std::stable_sort(desk.readers.begin(), desk.readers.end(), [](const Reader& a, const Reader& b) { return a.tier < b.tier; });
  }
}

}  // namespace fluidscope
