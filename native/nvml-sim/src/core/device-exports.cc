/** The exported functions that read a device's identity and levels. */
#include <cstdio>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace fluidscope::nvml_sim { unsigned char device_handles[max_gpus]; }

namespace {

bool is_before(Persona limit) {
  // The enum's numbers are the state file's, not the order of releases: 595 is 0.
  const Persona now = world().persona();
  const auto age = [](Persona each) { return each == Persona::r595 ? 7u : each == Persona::cuda14 ? 8u : static_cast<uint32_t>(each); };
  return age(now) < age(limit);
}

const char* driver_version() {
  switch (world().persona()) {
    case Persona::r595: return "595.58.03";
    case Persona::r510: return "510.108.03";
    case Persona::r535_early: return "535.54.03";
    case Persona::r550: return "550.163.01";
    case Persona::r575: return "575.64.05";
    case Persona::r580_early: return "580.65.06";
    case Persona::r580: return "580.126.09";
    case Persona::cuda14: return "620.10.01";
  }
  return "595.58.03";
}

int cuda_version() {
  switch (world().persona()) {
    case Persona::r595: return 13020;
    case Persona::r510: return 11060;
    case Persona::r535_early: return 12020;
    case Persona::r550: return 12040;
    case Persona::r575: return 12090;
    case Persona::r580_early: case Persona::r580: return 13000;
    case Persona::cuda14: return 14000;
  }
  return 13020;
}

template <typename Body> Return classic(Body body) {
  const Return offered = call_system([] { return world().persona() == Persona::cuda14 ? answer::deprecated : 0; });
  return offered == 0 ? body() : offered;
}

Return identity(Device device, uint32_t* out, uint32_t StateGpu::* member) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) { return *out = world().read(world().gpu(gpu).*member), 0; });
}

/** Handles can be had of a lost GPU; every call on one then says that it is lost. */
template <typename Matches> Return find(Device* out, Matches matches) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] {
    for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
      if (matches(gpu)) return *out = handle_of(gpu), 0;
    }
    return answer::not_found;
  });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlInit_v2() {
  const std::lock_guard<std::mutex> held(world().lock);
  return world().init();
}
NVML_SIM_EXPORT Return nvmlInitWithFlags(uint32_t) { return nvmlInit_v2(); }
NVML_SIM_EXPORT Return nvmlShutdown() {
  const std::lock_guard<std::mutex> held(world().lock);
  return world().shutdown();
}
NVML_SIM_EXPORT const char* nvmlErrorString(Return code) {
  switch (code) {
    case 0: return "Success";
    case 1: return "Uninitialized";
    case 2: return "Invalid Argument";
    case 3: return "Not Supported";
    case 4: return "Insufficient Permissions";
    case 6: return "Not Found";
    case 7: return "Insufficient Size";
    case 9: return "Driver Not Loaded";
    case 10: return "Timeout";
    case 13: return "Function Not Found";
    case 15: return "GPU is lost";
    case 16: return "GPU requires reset";
    case 17: return "The operating system has blocked the request.";
    case 18: return "RM has detected an NVML/RM version mismatch.";
    case 21: return "No data";
    case 25: return "Argument version mismatch";
    case 26: return "This API has been deprecated";
    default: return "Unknown Error";
  }
}
NVML_SIM_EXPORT Return nvmlSystemGetDriverVersion(char* out, uint32_t length) {
  return call_system([&] { return put_text(driver_version(), out, length); });
}
NVML_SIM_EXPORT Return nvmlSystemGetNVMLVersion(char* out, uint32_t length) {
  return call_system([&] {
    char text[80];
    std::snprintf(text, sizeof text, "%d.%s", cuda_version() / 1000, driver_version());
    return put_text(text, out, length);
  });
}
NVML_SIM_EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] { return *out = cuda_version(), 0; });
}
NVML_SIM_EXPORT Return nvmlSystemGetCudaDriverVersion(int32_t* out) { return nvmlSystemGetCudaDriverVersion_v2(out); }
NVML_SIM_EXPORT Return nvmlSystemGetProcessName(uint32_t pid, char* out, uint32_t length) {
  return call_system([&] {
    char path[64], text[256] = {};
    std::snprintf(path, sizeof path, "/proc/%u/comm", pid);
    std::FILE* const file = std::fopen(path, "re");
    if (file == nullptr) return answer::not_found;
    const size_t read = std::fread(text, 1, sizeof text - 1, file);
    std::fclose(file);
    if (read > 0) text[read - 1] = 0;
    return put_text(text, out, length);
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetCount_v2(uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] { return *out = world().gpu_count(), 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByIndex_v2(uint32_t index, Device* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] {
    if (index >= world().gpu_count()) return answer::invalid_argument;
    const uint32_t gpu = world().gpu_at(index);
    const Return state = world().device_state(gpu);
    if (state == 0) *out = handle_of(gpu);
    return state;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByUUID(const char* uuid, Device* out) {
  if (uuid == nullptr) return answer::invalid_argument;
  return find(out, [&](uint32_t gpu) { return std::strncmp(world().gpu(gpu).uuid, uuid, 96) == 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device* out) {
  if (bus_id == nullptr) return answer::invalid_argument;
  return find(out, [&](uint32_t gpu) { return std::strncmp(world().gpu(gpu).bus_id, bus_id, 32) == 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetIndex(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) { return *out = world().index_of(gpu), 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMinorNumber(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) { return *out = gpu, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetName(Device device, char* out, uint32_t length) {
  return call(device, cost::getter, [&](uint32_t gpu) { return put_text(world().gpu(gpu).name, out, length); });
}
NVML_SIM_EXPORT Return nvmlDeviceGetUUID(Device device, char* out, uint32_t length) {
  return call(device, cost::getter, [&](uint32_t gpu) { return put_text(world().gpu(gpu).uuid, out, length); });
}
NVML_SIM_EXPORT Return nvmlDeviceGetArchitecture(Device device, uint32_t* out) { return identity(device, out, &StateGpu::arch); }
NVML_SIM_EXPORT Return nvmlDeviceGetCudaComputeCapability(Device device, int32_t* major, int32_t* minor) {
  if (major == nullptr || minor == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    const uint32_t arch = world().gpu(gpu).arch;
    *major = arch <= 5 ? static_cast<int32_t>(arch) + 2 : arch == 6 ? 7 : arch <= 8 ? 8 : static_cast<int32_t>(arch);
    *minor = arch == 6 ? 5 : arch == 8 ? 9 : 0;
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetPciInfo_v3(Device device, PciInfo* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    const StateGpu& shown = world().gpu(gpu);
    *out = {};
    std::snprintf(out->bus_id, sizeof out->bus_id, "%.31s", shown.bus_id);
    if (std::sscanf(shown.bus_id, "%x:%x:%x", &out->domain, &out->bus, &out->device) != 3) return answer::unknown;
    std::snprintf(out->bus_id_legacy, sizeof out->bus_id_legacy, "%04X:%02X:%02X.0", out->domain & 0xffff, out->bus & 0xff, out->device & 0xff);
    constexpr uint32_t ids[] = {0x233010de, 0x20b210de, 0x27b810de, 0x268410de};
    out->pci_device_id = ids[shown.board % 4];
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetMemoryInfo(Device device, Memory* out) {
  if (out == nullptr) return answer::invalid_argument;
  return classic([&] {
    return call(device, cost::memory, [&](uint32_t gpu) {
      double total = 0, free = 0;
      const Return code = read_level(gpu, 23, total);
      if (code != 0) return code;
      const Return second = read_level(gpu, 21, free);
      if (second != 0) return second;
      *out = {static_cast<uint64_t>(total), static_cast<uint64_t>(free), static_cast<uint64_t>(total - free)};
      return 0;
    });
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::memory, [&](uint32_t gpu) {
    if (out->version != 0x02000028) return answer::argument_version;
    double values[4] = {};
    constexpr uint32_t ids[] = {23, 22, 21, 20};
    for (int at = 0; at < 4; ++at) {
      const Return code = read_level(gpu, ids[at], values[at]);
      if (code != 0) return code;
    }
    *out = {out->version, static_cast<uint64_t>(values[0]), static_cast<uint64_t>(values[1]), static_cast<uint64_t>(values[2]), static_cast<uint64_t>(values[3])};
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetBAR1MemoryInfo(Device device, Memory* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::memory, [&](uint32_t gpu) {
    uint64_t size = 1;
    while (size < world().gpu(gpu).memory_total) size *= 2;
    *out = {size, size - (4u << 20), 4u << 20};
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetUtilizationRates(Device device, Utilization* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (world().read(world().gpu(gpu).mig_mode) != 0) return answer::not_supported;
    double busy = 0, memory = 0;
    const Return code = read_level(gpu, 30, busy);
    if (code != 0) return code;
    const Return second = read_level(gpu, 31, memory);
    if (second == 0) *out = {static_cast<uint32_t>(busy), static_cast<uint32_t>(memory)};
    return second;
  });
}
static Return idle_engine(Device device, uint32_t* out, uint32_t* period_us) {
  if (out == nullptr || period_us == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t) { return *out = 0, *period_us = 167'000, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetEncoderUtilization(Device device, uint32_t* out, uint32_t* period_us) { return idle_engine(device, out, period_us); }
NVML_SIM_EXPORT Return nvmlDeviceGetDecoderUtilization(Device device, uint32_t* out, uint32_t* period_us) { return idle_engine(device, out, period_us); }

NVML_SIM_EXPORT Return nvmlDeviceGetPowerUsage(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    double level = 0;
    // Where a board has an average, this shows it.
    const Return code = read_level(gpu, 24, level) == 0 ? 0 : read_level(gpu, 5, level);
    if (code == 0) *out = static_cast<uint32_t>(level);
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetEnforcedPowerLimit(Device device, uint32_t* out) { return get_level(device, 34, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementLimit(Device device, uint32_t* out) { return get_level(device, 34, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetPowerManagementDefaultLimit(Device device, uint32_t* out) { return identity(device, out, &StateGpu::power_limit_default_mw); }
NVML_SIM_EXPORT Return nvmlDeviceGetTotalEnergyConsumption(Device device, uint64_t* out) { return get_count(device, 10, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetTemperature(Device device, uint32_t sensor, uint32_t* out) {
  return classic([&] { return sensor == 0 ? get_level(device, 32, out) : answer::invalid_argument; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTemperatureV(Device device, TemperatureV* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (is_before(Persona::r575)) return answer::function_not_found;
    if (out->version != 0x0100000c) return answer::argument_version;
    double level = 0;
    const Return code = out->sensor == 0 ? read_level(gpu, 32, level) : answer::invalid_argument;
    if (code == 0) out->temperature = static_cast<int32_t>(level);
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTemperatureThreshold(Device device, uint32_t kind, uint32_t* out) {
  if (out == nullptr || kind > 3) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t) {
    constexpr uint32_t celsius[] = {93, 90, 105, 87};
    return *out = celsius[kind], 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetFanSpeed(Device device, uint32_t* out) { return get_level(device, 62, out, cost::fan); }
NVML_SIM_EXPORT Return nvmlDeviceGetFanSpeed_v2(Device device, uint32_t fan, uint32_t* out) {
  return fan == 0 ? get_level(device, 62, out, cost::fan) : answer::invalid_argument;
}
NVML_SIM_EXPORT Return nvmlDeviceGetClockInfo(Device device, uint32_t type, uint32_t* out) {
  if (type > 3) return answer::invalid_argument;
  return get_level(device, type == 2 ? 2 : 1, out);
}
NVML_SIM_EXPORT Return nvmlDeviceGetMaxClockInfo(Device device, uint32_t type, uint32_t* out) {
  if (type > 3 || out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    constexpr uint32_t sm[] = {1980, 1410, 2040, 3105}, memory[] = {2619, 1593, 6251, 10501};
    const uint32_t board = world().gpu(gpu).board % 4;
    return *out = type == 2 ? memory[board] : sm[board], 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetPerformanceState(Device device, uint32_t* out) { return get_level(device, 4, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetCurrentClocksEventReasons(Device device, uint64_t* out) {
  const Return known = call_system([] { return is_before(Persona::r535_early) ? answer::function_not_found : 0; });
  return known == 0 ? get_count(device, 3, out) : known;
}
NVML_SIM_EXPORT Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, uint64_t* out) {
  return classic([&] { return get_count(device, 3, out); });
}

NVML_SIM_EXPORT Return nvmlDeviceGetPcieThroughput(Device device, uint32_t counter, uint32_t* out) {
  if (counter > 1 || out == nullptr) return answer::invalid_argument;
  return call(device, 0, [&](uint32_t gpu) {
    const uint32_t id = counter == 0 ? 16 : 17;
    StateSlot from, to;
    const Return code = read_slot(gpu, id, from);
    if (code != 0) return code;
    // It counts for 20 ms, and holds the lock meanwhile, as the driver does.
    world().spend(cost::pcie);
    const Return second = read_slot(gpu, id, to);
    if (second == 0) *out = static_cast<uint32_t>((to.value_bits - from.value_bits) / 1024 * 50);
    return second;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetCurrPcieLinkGeneration(Device device, uint32_t* out) { return get_level(device, 60, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetCurrPcieLinkWidth(Device device, uint32_t* out) { return get_level(device, 61, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetMaxPcieLinkGeneration(Device device, uint32_t* out) { return identity(device, out, &StateGpu::pcie_gen_max); }
NVML_SIM_EXPORT Return nvmlDeviceGetMaxPcieLinkWidth(Device device, uint32_t* out) { return identity(device, out, &StateGpu::pcie_width_max); }
NVML_SIM_EXPORT Return nvmlDeviceGetPcieReplayCounter(Device device, uint32_t* out) {
  uint64_t count = 0;
  const Return code = out == nullptr ? answer::invalid_argument : get_count(device, 80, &count);
  if (code == 0) *out = static_cast<uint32_t>(count);
  return code;
}
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkState(Device device, uint32_t link, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (link >= world().gpu(gpu).nvlink_count) return link < max_links ? answer::not_supported : answer::invalid_argument;
    return *out = 1, 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkErrorCounter(Device device, uint32_t link, uint32_t counter, uint64_t* out) {
  if (out == nullptr || link >= max_links || counter > 3) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (link >= world().gpu(gpu).nvlink_count) return answer::not_supported;
    // NVML's order is replay, recovery, CRC of flits, CRC of data.
    constexpr uint32_t place[] = {1, 2, 0, 0};
    StateSlot slot;
    const Return code = read_slot(gpu, link_slot + 3 * link + place[counter], slot);
    if (code == 0) *out = slot.value_bits;
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, uint32_t type, uint32_t counter, uint64_t* out) {
  return type > 1 || counter > 1 ? answer::invalid_argument : get_count(device, 81 + type, out);
}
NVML_SIM_EXPORT Return nvmlDeviceGetRemappedRows(Device device, uint32_t* corrected, uint32_t* uncorrected, uint32_t* pending, uint32_t* failed) {
  if (corrected == nullptr || uncorrected == nullptr || pending == nullptr || failed == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) {
    if (world().read(world().gpu(gpu).mig_mode) != 0) return answer::not_supported;
    uint32_t* const outs[] = {corrected, uncorrected, pending, failed};
    for (uint32_t at = 0; at < 4; ++at) {
      StateSlot slot;
      const Return code = read_slot(gpu, 83 + at, slot);
      if (code != 0) return code;
      *outs[at] = static_cast<uint32_t>(at < 2 ? static_cast<double>(slot.value_bits) : level_of(slot));
    }
    return 0;
  });
}

NVML_SIM_EXPORT Return nvmlDeviceGetMigMode(Device device, uint32_t* current, uint32_t* pending) {
  const Return code = identity(device, current, &StateGpu::mig_mode);
  if (code == 0 && pending != nullptr) *pending = *current;
  return code;
}
/** MIG mode shows, instances do not: every place for one is empty. */
NVML_SIM_EXPORT Return nvmlDeviceGetMaxMigDeviceCount(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t gpu) { return *out = world().read(world().gpu(gpu).mig_mode) != 0 ? 7 : 0, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, uint32_t, Device* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [](uint32_t) { return answer::not_found; });
}
NVML_SIM_EXPORT Return nvmlDeviceIsMigDeviceHandle(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, cost::getter, [&](uint32_t) { return *out = 0, 0; });
}

/** What clients ask for and these boards do not have. */
#define NVML_SIM_ABSENT(name, ...) \
  NVML_SIM_EXPORT Return name(Device device, ##__VA_ARGS__) { return call(device, cost::getter, [](uint32_t) { return answer::not_supported; }); }
NVML_SIM_ABSENT(nvmlDeviceGetSerial, char*, uint32_t)
NVML_SIM_ABSENT(nvmlDeviceGetDisplayActive, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetDisplayMode, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetPersistenceMode, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetComputeMode, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetEccMode, uint32_t*, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetBrand, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetNumFans, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetCurrentDriverModel_v2, uint32_t*, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetDriverModel, uint32_t*, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetGpuInstanceId, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetComputeInstanceId, uint32_t*)
NVML_SIM_ABSENT(nvmlDeviceGetDeviceHandleFromMigDeviceHandle, Device*)
