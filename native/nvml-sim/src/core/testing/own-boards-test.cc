/** Every function that fills a caller's buffer, on the library's own boards, with canaries behind the buffer. */
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "client.h"

namespace fluidscope::nvml_sim {

namespace {

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
  check(fields.value[0].result == 0 && fields.value[1].result != 0 && fields.value[2].result == 0, "a field fails inside a good batch");
  uint32_t count = 0;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, static_cast<Process*>(nullptr)) == 0 && count == 0, "no processes");
  uint32_t type = 0;
  check(nvml("nvmlDeviceGetSamples", device, 0u, uint64_t{0}, &type, &count, static_cast<Sample*>(nullptr)) == 0 && count == 128, "the samples' size");
  std::vector<Sample> samples(count);
  check(nvml("nvmlDeviceGetSamples", device, 0u, uint64_t{0}, &type, &count, samples.data()) == 0 && count > 100, "samples");
  check(samples[0].value > 60'000 && samples[0].value < 80'000 && samples[0].timestamp_us < samples[count - 1].timestamp_us, "of an idle board");
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

void private_table() {
  const struct { size_t bytes; Return (*functions[511])(); }* table = nullptr;
  const char uuid[16] = {};
  check(nvml("nvmlInternalGetExportTable", &table, &uuid[0]) == 0 && table->bytes == sizeof *table, "the private table says its size");
  check(table->functions[0]() == answer::not_supported && table->functions[510]() == answer::not_supported, "its functions can be called");
}

void names() {
  for (const char* const wanted : {"b200:1", "h100:1,"}) {
    setenv("FLUIDSCOPE_NVML_SIM_BOARDS", wanted, 1);
    const bool is_known = std::strcmp(wanted, "b200:1") != 0;
    check(nvml("nvmlInit_v2") == (is_known ? 0 : answer::invalid_argument), "a board that nobody knows");
    if (is_known) shut_down();
  }
  setenv("FLUIDSCOPE_NVML_SIM_BOARDS", "h100:0", 1);
  check(nvml("nvmlInit_v2") == 0, "no board at all");
  uint32_t count = 1;
  check(nvml("nvmlDeviceGetCount_v2", &count) == 0 && count == 0, "is no GPU");
  shut_down();
}

}  // namespace

void test_own_boards() {
  unsetenv("FLUIDSCOPE_NVML_SIM_STATE");
  setenv("FLUIDSCOPE_NVML_SIM_BOARDS", "h100:2", 1);
  load();
  before_init();
  void* const device = first_device();
  void* none = nullptr;
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 2u, &none) == answer::invalid_argument, "an index behind the last");
  numbers(device);
  structs(device);
  lists(device);
  gpm(device);
  threads(device);
  private_table();
  shut_down();
  uint32_t power = 0;
  check(nvml("nvmlDeviceGetPowerUsage", device, &power) == answer::uninitialized, "after shutdown");
  names();
}

}  // namespace fluidscope::nvml_sim
