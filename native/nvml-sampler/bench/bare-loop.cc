// How late an otherwise idle thread wakes on this machine, and what that costs: the sampler's own sleep and histogram, and nothing else.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "../src/core/log-histogram.h"
#include "../src/core/session.h"

using namespace fluidscope;

namespace {

constexpr uint64_t period_ns = 1000000;
/** The sampler tells its lateness of every ten seconds; so does this. */
constexpr uint64_t window_wakeups = 10000;

double median_us(std::vector<uint64_t> values) {
  std::sort(values.begin(), values.end());
  return static_cast<double>(values[values.size() / 2]) / 1e3;
}

}  // namespace

int main(int, char** arguments) {
  const uint64_t count = strtoull(arguments[1], nullptr, 10) * 1000;
  FineHistogram lateness;
  std::vector<uint64_t> p50s, p99s;
  uint64_t missed = 0;
  const uint64_t start_ns = monotonic_ns();
  uint64_t due_ns = start_ns;
  for (uint64_t at = 1; at <= count; ++at) {
    due_ns += period_ns;
    sleep_until_ns(due_ns);
    const uint64_t now_ns = monotonic_ns();
    lateness.add(now_ns - due_ns);
    if (now_ns > due_ns + period_ns) missed += (now_ns - due_ns) / period_ns, due_ns = now_ns;
    if (lateness.count() < window_wakeups && (at < count || !p50s.empty())) continue;
    p50s.push_back(lateness.quantile(0.5));
    p99s.push_back(lateness.quantile(0.99));
    lateness.clear();
  }
  const auto elapsed_ns = static_cast<double>(monotonic_ns() - start_ns);
  const double cpu_pct = 100 * static_cast<double>(thread_cpu_ns()) / elapsed_ns;
  printf("{\"late_p50_us\": %f, \"late_p99_us\": %f, \"missed_slots_pct\": %f, \"cpu_pct\": %f, \"cpu_beyond_calls_pct\": %f}\n", median_us(p50s), median_us(p99s),
         100 * static_cast<double>(missed) / static_cast<double>(missed + count), cpu_pct, cpu_pct);
}
