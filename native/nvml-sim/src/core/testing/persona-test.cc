/** What differs from driver to driver: symbols, versions, field ids, strides, refusals. */
#include <cstdio>
#include <cstdlib>
#include <string>

#include "client.h"
#include "state.h"

namespace fluidscope::nvml_sim {

namespace {

/** Written down here a second time, from NVIDIA's headers, and not taken from the library's tables. */
struct Expected {
  const char *folder, *driver;
  uint32_t number;
  int32_t cuda;
  bool has_temperature_v, has_detail_list, has_conf_compute, has_event_reasons, has_gpm, has_power_fields, refuses_classic;
  /** The field ids under which a throttle time is found. */
  uint32_t throttle_field;
  size_t stride;
};
constexpr Expected all_expected[] = {
    {"595", "595.58.03", 0, 13020, true, true, true, true, true, true, false, 269, 24},
    {"510", "510.108.03", 1, 11060, false, false, false, false, false, false, false, 0, 24},
    {"535-early", "535.54.03", 2, 12020, false, false, true, true, true, true, false, 0, 32},
    {"550", "550.163.01", 3, 12040, false, true, true, true, true, true, false, 0, 24},
    {"575", "575.64.05", 4, 12090, true, true, true, true, true, true, false, 251, 24},
    {"580-early", "580.65.06", 5, 13000, true, true, true, true, true, true, false, 251, 24},
    {"580", "580.126.09", 6, 13000, true, true, true, true, true, true, false, 269, 24},
    {"cuda14", "620.10.01", 7, 14000, true, true, true, true, true, true, true, 269, 24},
};

const struct { const char* name; bool Expected::* shown; } newer_functions[] = {
    {"nvmlDeviceGetTemperatureV", &Expected::has_temperature_v}, {"nvmlDeviceGetRunningProcessDetailList", &Expected::has_detail_list},
    {"nvmlDeviceGetProcessesUtilizationInfo", &Expected::has_detail_list}, {"nvmlDeviceGetConfComputeMemSizeInfo", &Expected::has_conf_compute},
    {"nvmlDeviceGetCurrentClocksEventReasons", &Expected::has_event_reasons}, {"nvmlGpmQueryDeviceSupport", &Expected::has_gpm},
    {"nvmlGpmSampleAlloc", &Expected::has_gpm}, {"nvmlGpmMetricsGet", &Expected::has_gpm}};

void fill_with_processes(State& state) {
  state.gpu(0).process_count = 2;
  state.gpu(0).processes[0] = {41, 0, 1 << 20, 0, 0, 0, 0, 0};
  state.gpu(0).processes[1] = {42, 0, 2 << 20, 0, 0, 0, 0, 0};
  state.set_count(0, 3, 4);
  for (uint32_t id = 13; id <= 15; ++id) state.set_count(0, id, id * 1000);
  state.set_gauge(0, 32, 55);
}

void check_versions(const Expected& expected) {
  Guarded<char[80]> driver, library;
  Guarded<int32_t> cuda;
  check(nvml("nvmlSystemGetDriverVersion", driver.value, 80u) == 0 && std::strcmp(driver.value, expected.driver) == 0, "the driver's version");
  check(nvml("nvmlSystemGetCudaDriverVersion_v2", &cuda.value) == 0 && cuda.value == expected.cuda, "CUDA's version");
  check(nvml("nvmlSystemGetNVMLVersion", library.value, 80u) == 0 &&
            std::string(library.value) == std::to_string(expected.cuda / 1000) + "." + expected.driver, "NVML's version");
}

void check_fields(const Expected& expected, void* device) {
  for (const uint32_t first : {251u, 269u}) {
    for (uint32_t at = 0; at < 3; ++at) {
      const FieldValue read = field(device, first + at);
      if (first == expected.throttle_field) check(read.result == 0 && read.value == (13 + at) * 1000 && read.value_type == 3, "a throttle time");
      else check(read.result != 0, "an id with another meaning gives no throttle time");
    }
  }
  check((field(device, 186).result == 0) == expected.has_power_fields, "the instant power field");
}

void check_list(const Expected& expected, void* device) {
  Guarded<unsigned char[64]> bytes;
  uint32_t count = 2, pid = 0;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, &bytes.value[0]) == 0 && count == 2, "the process list");
  std::memcpy(&pid, bytes.value + expected.stride, sizeof pid);
  check(pid == 42, "the second process stands a stride behind the first");
}

void check_classic(const Expected& expected, void* device) {
  const Return answered = expected.refuses_classic ? answer::deprecated : 0;
  Guarded<uint32_t> heat;
  Guarded<uint64_t> reasons;
  check(nvml("nvmlDeviceGetTemperature", device, 0u, &heat.value) == answered, "a classic call");
  check(nvml("nvmlDeviceGetCurrentClocksThrottleReasons", device, &reasons.value) == answered, "another classic call");
  check(nvml("nvmlDeviceGetPowerUsage", device, &heat.value) == 0, "a call that stays");
}

void check_driver(const Expected& expected) {
  void* const device = first_device();
  check_versions(expected);
  check_fields(expected, device);
  check_list(expected, device);
  check_classic(expected, device);
  shut_down();
}

/** The library that can be any driver has all symbols, and answers 13 where the driver has not. */
void check_chosen(const Expected& expected) {
  check_driver(expected);
  void* const device = first_device();
  Guarded<TemperatureV> heat;
  heat.value.version = 0x0100000c;
  check(nvml("nvmlDeviceGetTemperatureV", device, &heat.value) == (expected.has_temperature_v ? 0 : answer::function_not_found), "a newer call");
  void* sample = nullptr;
  check(nvml("nvmlGpmSampleAlloc", &sample) == (expected.has_gpm ? 0 : answer::function_not_found), "a newer call without a device");
  if (sample != nullptr) check(nvml("nvmlGpmSampleFree", sample) == 0, "free");
  shut_down();
}

}  // namespace

void test_personas() {
  State state(1);
  fill_with_processes(state);
  for (const Expected& expected : all_expected) {
    load(expected.folder);
    for (const auto& function : newer_functions) check((find(function.name) != nullptr) == expected.*function.shown, function.name);
    check_driver(expected);
    load();
    setenv("FLUIDSCOPE_NVML_SIM_PERSONA", expected.folder, 1);
    check_chosen(expected);
    unsetenv("FLUIDSCOPE_NVML_SIM_PERSONA");
    state.header().persona = expected.number;
    check_chosen(expected);
    std::printf("ok driver %s\n", expected.folder);
  }
  setenv("FLUIDSCOPE_NVML_SIM_PERSONA", "600", 1);
  check(nvml("nvmlInit_v2") == answer::invalid_argument, "a driver that it cannot be");
  unsetenv("FLUIDSCOPE_NVML_SIM_PERSONA");
  state.header().persona = 8;
  check(nvml("nvmlInit_v2") == answer::driver_not_loaded, "a state file with a driver that nobody knows");
}

}  // namespace fluidscope::nvml_sim
