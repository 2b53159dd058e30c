/** What the library shows of the first GPU of a state file, a line a value, for the test that wrote the file. */
#include <cstdio>
#include <vector>

#include "client.h"

namespace fluidscope::nvml_sim {

void show_state() {
  load();
  const Return init = nvml("nvmlInit_v2");
  std::printf("init %d\n", init);
  if (init != 0) return;
  void* device = nullptr;
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 0u, &device) == 0, "a handle");
  char name[96] = {}, uuid[96] = {};
  std::printf("name %d", nvml("nvmlDeviceGetName", device, name, 96u));
  std::printf(" %s\nuuid %d", name, nvml("nvmlDeviceGetUUID", device, uuid, 96u));
  uint32_t power = 0, clock = 0, fan = 0;
  uint64_t energy = 0;
  std::printf(" %s\npower %d", uuid, nvml("nvmlDeviceGetPowerUsage", device, &power));
  std::printf(" %u\nclock %d", power, nvml("nvmlDeviceGetClockInfo", device, 1u, &clock));
  std::printf(" %u\nenergy %d", clock, nvml("nvmlDeviceGetTotalEnergyConsumption", device, &energy));
  std::printf(" %llu\nfan %d\n", static_cast<unsigned long long>(energy), nvml("nvmlDeviceGetFanSpeed", device, &fan));
  uint32_t count = 4;
  Process processes[4] = {};
  const Return listed = nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, &processes[0]);
  std::printf("processes %d %u %u %llu\n", listed, count, processes[0].pid, static_cast<unsigned long long>(processes[0].memory_bytes));
  uint32_t type = 0, room = 128;
  std::vector<Sample> samples(room);
  const Return sampled = nvml("nvmlDeviceGetSamples", device, 1u, uint64_t{0}, &type, &room, samples.data());
  std::printf("samples %d %u %llu\n", sampled, room, static_cast<unsigned long long>(samples[0].value));
  uint64_t errors = 0;
  const Return linked = nvml("nvmlDeviceGetNvLinkErrorCounter", device, 1u, 0u, &errors);
  std::printf("link %d %llu\n", linked, static_cast<unsigned long long>(errors));
}

}  // namespace fluidscope::nvml_sim
