// A small NVML whose answers the tests set through the environment before it is opened and through fake_* while it runs.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "../nvml-abi.h"

using namespace fluidscope::nvml;

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {
struct Fake {
  std::atomic<int> init{0}, gpus{2}, lost{-1}, stuck{-1}, refuse_all{0}, energy{1000}, xid{0};
};
Fake fake;
int index_of(Device device) { return static_cast<int>(reinterpret_cast<uintptr_t>(device)) - 1; }
int from_environment(const char* name, int otherwise) {
  const char* text = getenv(name);
  return text == nullptr ? otherwise : atoi(text);
}
Return enter(Device device) {
  const int index = index_of(device);
  while (fake.stuck == index) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  if (fake.refuse_all != 0) return fake.refuse_all;
  return fake.lost == index ? code::gpu_lost : code::success;
}
}  // namespace

EXPORT void fake_set(const char* name, int value) {
  const std::string_view key = name;
  if (key == "init") fake.init = value;
  if (key == "gpus") fake.gpus = value;
  if (key == "lost") fake.lost = value;
  if (key == "stuck") fake.stuck = value;
  if (key == "refuse_all") fake.refuse_all = value;
  if (key == "energy") fake.energy = value;
  if (key == "xid") fake.xid = value;
}
EXPORT Return nvmlInit_v2() { return from_environment("FAKE_NVML_INIT", fake.init); }
EXPORT Return nvmlShutdown() { return 0; }
EXPORT Return nvmlSystemGetDriverVersion(char* text, uint32_t size) { strncpy(text, "570.86.15", size); return 0; }
EXPORT Return nvmlDeviceGetCount_v2(uint32_t* count) { *count = static_cast<uint32_t>(from_environment("FAKE_NVML_GPUS", fake.gpus)); return 0; }
EXPORT Return nvmlDeviceGetHandleByIndex_v2(uint32_t index, Device* device) { *device = reinterpret_cast<Device>(uintptr_t{index} + 1); return 0; }
EXPORT Return nvmlDeviceGetUUID(Device device, char* text, uint32_t) { strcpy(text, "GPU-0"); text[4] = static_cast<char>('0' + index_of(device)); return 0; }
EXPORT Return nvmlDeviceGetClockInfo(Device device, uint32_t type, uint32_t* mhz) { *mhz = type == 1 ? 1980 : 2619; return enter(device); }
EXPORT Return nvmlDeviceGetFanSpeed_v2(Device, uint32_t, uint32_t*) { return code::not_supported; }
EXPORT Return nvmlDeviceGetFieldValues(Device device, int32_t count, FieldValue* fields) {
  for (int32_t at = 0; at < count; ++at) {
    fields[at].result = fields[at].id == 83 || fields[at].id == 186 ? 0 : code::not_supported;
    fields[at].valueType = 3;
    fields[at].value.ull = fields[at].id == 83 ? static_cast<uint64_t>(fake.energy.load()) : 350000;
  }
  return enter(device);
}
EXPORT Return nvmlEventSetCreate(EventSet* set) { *set = reinterpret_cast<EventSet>(uintptr_t{1}); return 0; }
EXPORT Return nvmlEventSetFree(EventSet) { return 0; }
EXPORT Return nvmlDeviceGetSupportedEventTypes(Device, uint64_t* types) { *types = event_xid; return 0; }
EXPORT Return nvmlDeviceRegisterEvents(Device, uint64_t types, EventSet) { return types == event_xid ? 0 : 2; }
EXPORT Return nvmlEventSetWait_v2(EventSet, EventData* data, uint32_t) {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int xid = fake.xid.exchange(0);
  if (xid == 0) return code::timeout;
  *data = {reinterpret_cast<Device>(uintptr_t{1}), event_xid, static_cast<uint64_t>(xid), 0, 0};
  return 0;
}
