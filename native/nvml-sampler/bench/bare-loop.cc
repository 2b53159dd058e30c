// How late an otherwise idle thread wakes on this machine: the sampler's own sleep and histogram, and nothing else.
#include <cstdio>
#include <cstdlib>

#include "../src/core/log-histogram.h"
#include "../src/core/session.h"

int main(int, char** arguments) {
  fluidscope::LogHistogram lateness;
  constexpr uint64_t period_ns = 1000000;
  const uint64_t count = strtoull(arguments[1], nullptr, 10) * 1000;
  uint64_t due_ns = fluidscope::monotonic_ns();
  for (uint64_t at = 0; at < count; ++at) {
    due_ns += period_ns;
    fluidscope::sleep_until_ns(due_ns);
    const uint64_t now_ns = fluidscope::monotonic_ns();
    lateness.add(now_ns - due_ns);
    if (now_ns > due_ns + period_ns) due_ns = now_ns;
  }
  printf("{\"late_p50_us\": %f, \"late_p99_us\": %f}\n", static_cast<double>(lateness.quantile(0.5)) / 1e3, static_cast<double>(lateness.quantile(0.99)) / 1e3);
}
