/** Every function that fills a caller's buffer, called as a client would: through dlsym, with canaries behind the buffer. */
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "abi.h"

using namespace fluidscope::nvml_sim;

namespace {

void* library = nullptr;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

template <typename... Args> Return nvml(const char* name, Args... args) {
  void* const symbol = dlsym(library, name);
  check(symbol != nullptr, name);
  return reinterpret_cast<Return (*)(Args...)>(symbol)(args...);
}

template <typename T> struct Guarded {
  T value{};
  unsigned char canaries[64];
  Guarded() { std::memset(canaries, 0xa5, sizeof canaries); }
  ~Guarded() {
    for (const unsigned char each : canaries) check(each == 0xa5, "a canary behind a buffer");
  }
};

void before_init() {
  uint32_t count = 0;
  check(nvml("nvmlDeviceGetCount_v2", &count) == answer::uninitialized, "before init every call says so");
  check(nvml("nvmlShutdown") == answer::uninitialized, "shutdown before init");
  std::puts("ok before init every call says so");
}

void numbers(void* device) {
  const char* const getters[] = {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit",
      "nvmlDeviceGetPowerManagementDefaultLimit", "nvmlDeviceGetPerformanceState", "nvmlDeviceGetMinorNumber", "nvmlDeviceGetIndex",
      "nvmlDeviceGetArchitecture", "nvmlDeviceGetCurrPcieLinkGeneration", "nvmlDeviceGetCurrPcieLinkWidth", "nvmlDeviceGetMaxPcieLinkGeneration",
      "nvmlDeviceGetMaxPcieLinkWidth", "nvmlDeviceGetPcieReplayCounter", "nvmlDeviceGetMaxMigDeviceCount"};
  for (const char* const name : getters) {
    Guarded<uint32_t> out;
    check(nvml(name, device, &out.value) == 0, name);
    check(nvml(name, device, static_cast<uint32_t*>(nullptr)) == answer::invalid_argument, "no place to write to");
  }
  for (const char* const name : {"nvmlDeviceGetClockInfo", "nvmlDeviceGetMaxClockInfo", "nvmlDeviceGetTemperature", "nvmlDeviceGetPcieThroughput"}) {
    Guarded<uint32_t> out;
    check(nvml(name, device, 0u, &out.value) == 0, name);
    check(nvml(name, device, 77u, &out.value) == answer::invalid_argument, "an unknown kind");
  }
  for (const char* const name : {"nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons", "nvmlDeviceGetSupportedEventTypes"}) {
    Guarded<uint64_t> out;
    check(nvml(name, device, &out.value) == 0, name);
  }
  Guarded<uint64_t> errors;
  check(nvml("nvmlDeviceGetTotalEccErrors", device, 1u, 0u, &errors.value) == 0, "ECC");
  check(nvml("nvmlDeviceGetNvLinkErrorCounter", device, 17u, 0u, &errors.value) == 0, "the last link");
  Guarded<uint32_t> rows[4];
  check(nvml("nvmlDeviceGetRemappedRows", device, &rows[0].value, &rows[1].value, &rows[2].value, &rows[3].value) == 0, "remapped rows");
  std::puts("ok every number stays in its place");
}

void structs(void* device) {
  Guarded<PciInfo> pci;
  check(nvml("nvmlDeviceGetPciInfo_v3", device, &pci.value) == 0 && pci.value.bus == 1, "PCI");
  Guarded<Memory> memory;
  check(nvml("nvmlDeviceGetMemoryInfo", device, &memory.value) == 0 && memory.value.total == 80ull << 30, "memory");
  check(nvml("nvmlDeviceGetBAR1MemoryInfo", device, &memory.value) == 0, "BAR1");
  Guarded<MemoryV2> second;
  check(nvml("nvmlDeviceGetMemoryInfo_v2", device, &second.value) == answer::argument_version, "a wrong version word");
  second.value.version = 0x02000028;
  check(nvml("nvmlDeviceGetMemoryInfo_v2", device, &second.value) == 0, "memory, version 2");
  check(second.value.free + second.value.used + second.value.reserved == second.value.total, "memory adds up");
  Guarded<Utilization> busy;
  check(nvml("nvmlDeviceGetUtilizationRates", device, &busy.value) == 0, "utilization");
  Guarded<TemperatureV> heat;
  check(nvml("nvmlDeviceGetTemperatureV", device, &heat.value) == answer::argument_version, "a wrong version word");
  heat.value.version = 0x0100000c;
  check(nvml("nvmlDeviceGetTemperatureV", device, &heat.value) == 0 && heat.value.temperature > 20, "temperature");
  Guarded<char[96]> text;
  check(nvml("nvmlDeviceGetUUID", device, text.value, 96u) == 0, "UUID");
  void* same = nullptr;
  check(nvml("nvmlDeviceGetHandleByUUID", static_cast<const char*>(text.value), &same) == 0 && same == device, "a handle by UUID");
  Guarded<char[8]> narrow;
  check(nvml("nvmlDeviceGetName", device, narrow.value, 8u) == answer::insufficient_size, "a name without room");
  std::puts("ok structs are filled to their size and version words are held to");
}

void lists(void* device) {
  Guarded<FieldValue[3]> fields;
  const uint32_t ids[] = {186, 9999, 83};
  for (int at = 0; at < 3; ++at) fields.value[at].id = ids[at];
  check(nvml("nvmlDeviceGetFieldValues", device, 3, &fields.value[0]) == 0, "a batch");
  check(fields.value[0].result == 0 && fields.value[1].result == answer::invalid_argument && fields.value[2].result == 0, "a field fails inside a good batch");
  uint32_t count = 0;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, static_cast<Process*>(nullptr)) == 0 && count == 0, "no processes");
  uint32_t type = 0;
  check(nvml("nvmlDeviceGetSamples", device, 0u, uint64_t{0}, &type, &count, static_cast<Sample*>(nullptr)) == 0 && count == 128, "the samples' size");
  std::vector<Sample> samples(count);
  check(nvml("nvmlDeviceGetSamples", device, 0u, uint64_t{0}, &type, &count, samples.data()) == answer::not_found, "no samples");
  std::puts("ok lists keep the sizing protocol");
}

void gpm(void* device) {
  Guarded<GpmSupport> support;
  check(nvml("nvmlGpmQueryDeviceSupport", device, &support.value) == answer::argument_version, "a wrong version word");
  support.value.version = 1;
  check(nvml("nvmlGpmQueryDeviceSupport", device, &support.value) == 0 && support.value.supported == 1, "GPM");
  auto metrics = std::make_unique<Guarded<GpmMetrics>>();
  metrics->value.version = 1;
  metrics->value.count = 2;
  metrics->value.metrics[0].id = 10;
  metrics->value.metrics[1].id = 300;
  for (void** const sample : {&metrics->value.sample1, &metrics->value.sample2}) {
    check(nvml("nvmlGpmSampleAlloc", sample) == 0 && nvml("nvmlGpmSampleGet", device, *sample) == 0, "a GPM sample");
  }
  check(nvml("nvmlGpmMetricsGet", &metrics->value) == 0 && metrics->value.metrics[0].result == 0, "a GPM metric");
  check(metrics->value.metrics[1].result == answer::not_supported, "an unknown GPM metric");
  check(nvml("nvmlGpmSampleFree", metrics->value.sample1) == 0 && nvml("nvmlGpmSampleFree", metrics->value.sample2) == 0, "free");
  std::puts("ok GPM answers between two samples");
}

void events(void* device) {
  void* set = nullptr;
  check(nvml("nvmlEventSetCreate", &set) == 0 && nvml("nvmlDeviceRegisterEvents", device, uint64_t{8}, set) == 0, "an event set");
  Guarded<EventData> data;
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 5u) == answer::timeout, "no event within the time");
  check(nvml("nvmlEventSetFree", set) == 0, "free");
  std::puts("ok an event wait ends at its time");
}

void threads(void* device) {
  std::vector<std::thread> all;
  for (int each = 0; each < 4; ++each) {
    all.emplace_back([device] {
      for (int call = 0; call < 200; ++call) {
        uint32_t power = 0;
        check(nvml("nvmlDeviceGetPowerUsage", device, &power) == 0 && power > 0, "power from several threads");
      }
    });
  }
  for (std::thread& each : all) each.join();
  std::puts("ok threads share the library");
}

/** What the library shows of the first GPU of a state file, a line a value, for the test that wrote the file. */
int show_state() {
  library = dlopen(SIMULATED_NVML, RTLD_NOW);
  const Return init = nvml("nvmlInit_v2");
  std::printf("init %d\n", init);
  if (init != 0) return 0;
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
  return 0;
}

}  // namespace

int main() {
  if (std::getenv("FLUIDSCOPE_NVML_SIM_STATE") != nullptr) return show_state();
  setenv("FLUIDSCOPE_NVML_SIM_BOARDS", "h100:2", 1);
  library = dlopen(SIMULATED_NVML, RTLD_NOW);
  check(library != nullptr, "the library loads");
  before_init();
  check(nvml("nvmlInit_v2") == 0, "init");
  void *device = nullptr, *none = nullptr;
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 0u, &device) == 0, "a handle");
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 2u, &none) == answer::invalid_argument, "an index behind the last");
  numbers(device);
  structs(device);
  lists(device);
  gpm(device);
  events(device);
  threads(device);
  check(nvml("nvmlShutdown") == 0, "shutdown");
  uint32_t power = 0;
  check(nvml("nvmlDeviceGetPowerUsage", device, &power) == answer::uninitialized, "after shutdown");
  std::puts("ok all");
}
