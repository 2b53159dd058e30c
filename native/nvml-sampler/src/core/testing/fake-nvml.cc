// A small NVML whose answers the tests set: by fake_set while it runs, or before it is opened by the environment (FAKE_NVML_INIT=9).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

#include "../nvml-abi.h"

using namespace fluidscope::nvml;

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct Setting {
  const char* name;
  std::atomic<int> value;
};
Setting settings[] = {
    {"init", {0}},     {"gpus", {2}},       {"driver", {570}},   {"energy", {1000}}, {"replays", {7}},  {"xid", {0}},
    {"lost", {-1}},    {"stuck", {-1}},     {"stuck_open", {-1}}, {"stuck_init", {0}}, {"stuck_count", {0}}, {"refuse_all", {0}}, {"gpm", {0}},     {"mig", {0}},
    {"call_us", {0}},  {"clock_answer", {0}}, {"thermal_id", {0}}, {"thermal_step", {0}}, {"nvlinks", {0}},
    {"processes", {3}},
};

std::atomic<int>& setting(const char* name) {
  for (Setting& each : settings) {
    if (strcmp(each.name, name) == 0) return each.value;
  }
  abort();
}

const bool environment_read = [] {
  for (Setting& each : settings) {
    std::string key = std::string("FAKE_NVML_") + each.name;
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char letter) { return static_cast<char>(toupper(letter)); });
    if (const char* const text = getenv(key.c_str())) each.value = atoi(text);
  }
  return true;
}();

void pause_us(int us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }
constexpr uintptr_t first_mig_handle = 0x100;
int index_of(Device device) { return static_cast<int>(reinterpret_cast<uintptr_t>(device)) - 1; }
bool is_mig(Device device) { return reinterpret_cast<uintptr_t>(device) >= first_mig_handle; }
uint64_t wall_us() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000u + static_cast<uint64_t>(now.tv_nsec) / 1000u;
}

Return enter(Device device) {
  while (setting("stuck") == index_of(device)) pause_us(2000);
  if (const int us = setting("call_us")) pause_us(us);
  if (const int answer = setting("refuse_all")) return answer;
  return setting("lost") == index_of(device) ? code::gpu_lost : code::success;
}

void answer_field(FieldValue& field) {
  const auto is = [&](uint32_t id, uint64_t value) {
    if (field.id != id) return;
    field.result = 0;
    field.value.ull = value;
  };
  field.result = field.id > 260 ? code::invalid_argument : code::not_supported;
  field.valueType = 3;
  is(83, static_cast<uint64_t>(setting("energy").load()));
  is(186, 350000);
  is(185, 340000);
  if (field.id == 185) field.result = code::timeout;  // one entry that fails in a good batch, and may pass
  if (field.id == 138 && field.scope == all_scopes) is(138, 4096);
  if (const auto first = static_cast<uint32_t>(setting("thermal_id").load()); first != 0) {
    static std::atomic<uint64_t> thermal{1000000};
    is(first, thermal += static_cast<uint64_t>(setting("thermal_step").load()));
    is(first + 1, 5);
    is(first + 2, 6);
  }
}

}  // namespace

EXPORT void fake_set(const char* name, int value) { setting(name) = value; }

EXPORT Return nvmlInit_v2() {
  while (setting("stuck_init") != 0) pause_us(2000);
  return setting("init");
}
EXPORT Return nvmlInitWithFlags(uint32_t) { return nvmlInit_v2(); }  // what pynvml calls
EXPORT Return nvmlShutdown() { return 0; }
EXPORT Return nvmlSystemGetDriverVersion(char* text, uint32_t size) {
  strncpy(text, (std::to_string(setting("driver")) + ".86.15").c_str(), size);
  return 0;
}
EXPORT Return nvmlDeviceGetCount_v2(uint32_t* count) {
  while (setting("stuck_count") != 0) pause_us(2000);
  *count = static_cast<uint32_t>(setting("gpus").load());
  return 0;
}
EXPORT Return nvmlDeviceGetHandleByIndex_v2(uint32_t index, Device* device) {
  while (setting("stuck_open") == static_cast<int>(index)) pause_us(2000);
  *device = reinterpret_cast<Device>(uintptr_t{index} + 1);
  return 0;
}
EXPORT Return nvmlDeviceGetUUID(Device device, char* text, uint32_t) { strcpy(text, "GPU-0"); text[4] = static_cast<char>('0' + index_of(device)); return 0; }
EXPORT Return nvmlDeviceGetClockInfo(Device device, uint32_t type, uint32_t* mhz) {
  *mhz = type == 1 ? 1980 : 2619;
  const Return answer = enter(device);
  return answer != 0 || type == 1 ? answer : setting("clock_answer").load();
}
EXPORT Return nvmlDeviceGetCurrentClocksEventReasons(Device device, uint64_t* mask) { *mask = 4; return enter(device); }
EXPORT Return nvmlDeviceGetPerformanceState(Device device, uint32_t* state) { *state = 0; return enter(device); }
EXPORT Return nvmlDeviceGetFanSpeed_v2(Device, uint32_t, uint32_t*) { return code::not_supported; }
EXPORT Return nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
  *memory = is_mig(device) ? Memory{10, 4, 6} : Memory{80, 50, 30};
  return is_mig(device) ? 0 : enter(device);
}
EXPORT Return nvmlDeviceGetFieldValues(Device device, int32_t count, FieldValue* fields) {
  for (int32_t at = 0; at < count; ++at) answer_field(fields[at]);
  return enter(device);
}

// Each call has one sample that the caller has seen and one that is new, out of order.
EXPORT Return nvmlDeviceGetSamples(Device device, uint32_t type, uint64_t last_us, uint32_t* value_type, uint32_t* count, Sample* samples) {
  if (type == 2) return code::not_found;
  *value_type = 1;
  *count = 2;
  samples[0] = {std::max(wall_us(), last_us + 1), {}};
  samples[1] = {last_us, {}};
  samples[0].value.ui = samples[1].value.ui = 123;
  return enter(device);
}
EXPORT Return nvmlDeviceGetProcessUtilization(Device device, ProcessUtilization* rows, uint32_t* count, uint64_t) {
  if (*count < 300) { *count = 300; return code::insufficient_size; }
  *count = setting("processes") == 0 ? 0 : 1;
  if (*count == 0) return code::not_found;
  rows[0] = {4242, wall_us(), 61, 22, 3, 4};
  return enter(device);
}
EXPORT Return nvmlDeviceGetConfComputeMemSizeInfo(Device, void*) { return code::not_supported; }
// The early 535 drivers' elements of 32 bytes, else the usual 24.
EXPORT Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, uint32_t* count, void* rows) {
  const size_t words = setting("driver") == 535 ? 4 : 3;
  *count = static_cast<uint32_t>(setting("processes").load());
  auto* const row = static_cast<uint64_t*>(rows);
  const uint64_t bytes[] = {1000, UINT64_MAX, 3000};
  for (uint64_t at = 0; at < *count; ++at) {
    memset(row + at * words, 0xEE, words * 8);
    row[at * words] = 100 + at;
    row[at * words + 1] = bytes[at];
  }
  return enter(device);
}

EXPORT Return nvmlDeviceGetPcieReplayCounter(Device device, uint32_t* count) { *count = static_cast<uint32_t>(setting("replays").load()); return enter(device); }
EXPORT Return nvmlDeviceGetTotalEccErrors(Device device, uint32_t kind, uint32_t, uint64_t* count) { *count = kind == 0 ? 11 : 2; return enter(device); }
EXPORT Return nvmlDeviceGetRemappedRows(Device device, uint32_t* corrected, uint32_t* uncorrected, uint32_t* pending, uint32_t* failed) {
  *corrected = 1, *uncorrected = 2, *pending = 1, *failed = 0;
  return enter(device);
}
// Link 1 is not active.
EXPORT Return nvmlDeviceGetNvLinkErrorCounter(Device device, uint32_t link, uint32_t counter, uint64_t* count) {
  if (link == 1 || static_cast<int>(link) >= setting("nvlinks")) return code::invalid_argument;
  *count = 10 * link + counter;
  return enter(device);
}

EXPORT Return nvmlDeviceGetMaxMigDeviceCount(Device, uint32_t* count) { *count = 7; return 0; }
EXPORT Return nvmlDeviceGetMigDeviceHandleByIndex(Device, uint32_t index, Device* device) {
  if (setting("mig") == 0 || index != 2) return code::not_found;
  *device = reinterpret_cast<Device>(first_mig_handle + index);
  return 0;
}
EXPORT Return nvmlDeviceGetGpuInstanceId(Device, uint32_t* id) { *id = 9; return 0; }

EXPORT Return nvmlGpmQueryDeviceSupport(Device, GpmSupport* support) { support->supported = setting("gpm") != 0; return support->version == 1 ? 0 : 25; }
EXPORT Return nvmlGpmSampleAlloc(GpmSample* sample) { *sample = static_cast<GpmSample>(malloc(8)); return 0; }
EXPORT Return nvmlGpmSampleFree(GpmSample sample) { free(sample); return 0; }
EXPORT Return nvmlGpmSampleGet(Device device, GpmSample) { return setting("mig") != 0 ? code::not_supported : enter(device); }
EXPORT Return nvmlGpmMigSampleGet(Device device, uint32_t id, GpmSample) { return id == 9 ? enter(device) : code::not_found; }
EXPORT Return nvmlGpmMetricsGet(GpmMetrics* metrics) {
  for (uint32_t at = 0; at < metrics->count; ++at) {
    GpmMetric& each = metrics->metrics[at];
    each.result = each.id == 60 ? code::not_supported : 0;
    each.value = each.id == 61 ? static_cast<double>(NAN) : each.id;
  }
  return metrics->version == 1 && metrics->sample1 != metrics->sample2 ? 0 : code::invalid_argument;
}

EXPORT Return nvmlEventSetCreate(EventSet* set) { *set = reinterpret_cast<EventSet>(uintptr_t{1}); return 0; }
EXPORT Return nvmlEventSetFree(EventSet) { return 0; }
EXPORT Return nvmlDeviceGetSupportedEventTypes(Device, uint64_t* types) { *types = event_xid; return 0; }
EXPORT Return nvmlDeviceRegisterEvents(Device, uint64_t types, EventSet) { return types == event_xid ? 0 : 2; }
EXPORT Return nvmlEventSetWait_v2(EventSet, EventData* data, uint32_t timeout_ms) {
  int xid = 0;
  for (uint32_t waited_ms = 0; xid == 0 && waited_ms < timeout_ms; waited_ms += 20) {
    pause_us(20000);
    xid = setting("xid").exchange(0);
  }
  if (xid == 0) return code::timeout;
  *data = {reinterpret_cast<Device>(uintptr_t{1}), event_xid, static_cast<uint64_t>(xid), 0, 0};
  return 0;
}
