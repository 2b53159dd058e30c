/** What calls cost. Only lower bounds: a busy machine makes everything slower, and nothing faster. */
#include <chrono>
#include <cstdio>
#include <thread>

#include "client.h"
#include "state.h"

namespace fluidscope::nvml_sim {

namespace {

template <typename Body> double elapsed_ms(Body body) {
  const auto from = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
}

void list_processes(void* device, int times) {
  for (int each = 0; each < times; ++each) {
    uint32_t count = 0;
    check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, static_cast<Process*>(nullptr)) == 0, "a list");
  }
}

}  // namespace

void test_costs() {
  load();
  State state(1);
  state.header().cost_scale_ppm = 1'000'000;
  state.set_count(0, 16, 0);
  void* const device = first_device();
  // Ten draws of a spread with this median are never all under half of it; the seed makes them the same each time.
  check(elapsed_ms([&] { list_processes(device, 10); }) >= 10 * 4.5 / 2, "a process list takes milliseconds");
  const double both = elapsed_ms([&] {
    std::thread other([&] { list_processes(device, 10); });
    list_processes(device, 10);
    other.join();
  });
  check(both >= 20 * 4.5 / 2, "one lock: calls of two threads take the time of both");
  Guarded<uint32_t> out;
  const double pcie = elapsed_ms([&] {
    for (int each = 0; each < 3; ++each) check(nvml("nvmlDeviceGetPcieThroughput", device, 0u, &out.value) == 0, "PCIe throughput");
  });
  check(pcie >= 3 * 20 / 2.0, "PCIe throughput blocks for its 20 ms");
  State::change(state.header().cost_scale_ppm, 4'000'000);
  check(elapsed_ms([&] { list_processes(device, 5); }) >= 4 * 5 * 4.5 / 2, "the scale makes all calls dearer");
  shut_down();
  std::puts("ok calls cost their time under one lock");
}

}  // namespace fluidscope::nvml_sim
