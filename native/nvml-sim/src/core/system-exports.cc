/** The exported functions of the library's life, of the system and of handles. */
#include <cstdio>
#include <cstring>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

template <typename Matches> Return find(Device* out, Matches matches) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] {
    for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
      if (!matches(gpu)) continue;
      const Return state = world().device_state(gpu);
      if (state == 0) *out = handle_of(gpu);
      return state;
    }
    return answer::not_found;
  });
}

Return find_mig(const char* uuid, Device* out) {
  return call_system([&] {
    for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
      for (uint32_t place = 0; place < max_mig_instances && world().is_mig(gpu); ++place) {
        const StateMigInstance instance = world().read(world().gpu(gpu).mig[place]);
        if (instance.generation == 0 || std::strncmp(instance.uuid, uuid, sizeof instance.uuid) != 0) continue;
        return *out = handle_of_mig(gpu, place, instance.generation), 0;
      }
    }
    return answer::not_found;
  });
}

/** `0000:01:00.0` and `00000000:01:00.0` are the same, in either case. */
bool is_bus_id(const char* text, const char* known) {
  unsigned wanted[4] = {}, shown[4] = {};
  if (std::sscanf(text, "%x:%x:%x.%x", &wanted[0], &wanted[1], &wanted[2], &wanted[3]) < 3) return false;
  if (std::sscanf(known, "%x:%x:%x.%x", &shown[0], &shown[1], &shown[2], &shown[3]) < 3) return false;
  return std::memcmp(wanted, shown, sizeof wanted) == 0;
}

}  // namespace

NVML_SIM_EXPORT Return nvmlInit_v2() {
  const std::lock_guard<std::mutex> held(world().lock);
  return world().init();
}
NVML_SIM_EXPORT Return nvmlInit() { return nvmlInit_v2(); }
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
    case 12: return "NVML Shared Library Not Found";
    case 13: return "Function Not Found";
    case 15: return "GPU is lost";
    case 16: return "GPU requires reset";
    case 17: return "The operating system has blocked the request.";
    case 18: return "RM has detected an NVML/RM version mismatch.";
    case 19: return "In use by another client";
    case 20: return "Insufficient memory";
    case 21: return "No data";
    case 25: return "Argument version mismatch";
    case 26: return "This API has been deprecated";
    case 27: return "Not ready";
    default: return "Unknown Error";
  }
}
NVML_SIM_EXPORT Return nvmlSystemGetDriverVersion(char* out, uint32_t length) {
  return call_system([&] { return put_text(world().driver().driver_version, out, length); });
}
NVML_SIM_EXPORT Return nvmlSystemGetNVMLVersion(char* out, uint32_t length) {
  return call_system([&] {
    char text[80];
    std::snprintf(text, sizeof text, "%d.%s", world().driver().cuda_version / 1000, world().driver().driver_version);
    return put_text(text, out, length);
  });
}
NVML_SIM_EXPORT Return nvmlSystemGetCudaDriverVersion_v2(int32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] { return *out = world().driver().cuda_version, 0; });
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
  if (uuid == nullptr || out == nullptr) return answer::invalid_argument;
  if (std::strncmp(uuid, "MIG-", 4) == 0) return find_mig(uuid, out);
  return find(out, [&](uint32_t gpu) { return std::strncmp(world().gpu(gpu).uuid, uuid, sizeof(StateGpu::uuid)) == 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device* out) {
  if (bus_id == nullptr) return answer::invalid_argument;
  return find(out, [&](uint32_t gpu) { return is_bus_id(bus_id, world().gpu(gpu).bus_id); });
}
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByPciBusId(const char* bus_id, Device* out) { return nvmlDeviceGetHandleByPciBusId_v2(bus_id, out); }
/** The first exports of these names; no client has needed their other ABI since 2012. */
NVML_SIM_EXPORT Return nvmlDeviceGetCount(uint32_t* out) { return nvmlDeviceGetCount_v2(out); }
NVML_SIM_EXPORT Return nvmlDeviceGetHandleByIndex(uint32_t index, Device* out) { return nvmlDeviceGetHandleByIndex_v2(index, out); }
