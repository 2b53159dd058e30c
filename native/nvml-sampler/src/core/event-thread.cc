#include "session.h"

namespace fluidscope {

namespace {

constexpr uint64_t pause_after_failure_ns = 100000000;

std::string event_fields(const Session& session, const nvml::EventData& data) {
  std::string fields = "\"data\":" + std::to_string(data.data);
  for (const auto& gpu : session.gpus) {
    if (gpu->handle == data.device) fields += ",\"gpuIndex\":" + std::to_string(gpu->index) + ",\"gpuUuid\":" + json_text(gpu->uuid);
  }
  return fields;
}

bool register_gpu(Session& session, Gpu& gpu, nvml::EventSet set) {
  const nvml::Library& nvml = session.nvml;
  uint64_t supported = 0;
  const nvml::Return asked = nvml.nvmlDeviceGetSupportedEventTypes(gpu.handle, &supported);
  if (asked != 0 || (supported & nvml::event_xid) == 0) session.set_absent(gpu, {Metric::xid_index}, "this GPU tells no XIDs");
  supported &= nvml::event_single_bit_ecc | nvml::event_double_bit_ecc | nvml::event_xid | nvml::event_mig;
  return asked == 0 && supported != 0 && nvml.nvmlDeviceRegisterEvents(gpu.handle, supported, set) == 0;
}

}  // namespace

void run_events(const std::shared_ptr<Session>& session) {
  const nvml::Library& nvml = session->nvml;
  nvml::EventSet set = nullptr;
  if (nvml.nvmlEventSetCreate == nullptr || nvml.nvmlEventSetWait_v2 == nullptr || nvml.nvmlDeviceGetSupportedEventTypes == nullptr ||
      nvml.nvmlDeviceRegisterEvents == nullptr || nvml.nvmlEventSetCreate(&set) != 0) {
    for (const auto& gpu : session->gpus) session->set_absent(*gpu, {Metric::xid_index}, "this library gives no events");
    return;
  }
  bool registered = false;
  for (const auto& gpu : session->gpus) {
    if (!gpu->dropped && register_gpu(*session, *gpu, set)) registered = true;
  }
  while (registered && !session->lanes_stopping.load(std::memory_order_relaxed)) {
    nvml::EventData data{};
    const uint64_t cpu_before_ns = thread_cpu_ns();
    const nvml::Return answer = nvml.nvmlEventSetWait_v2(set, &data, 100);
    session->inside_calls_ns.fetch_add(thread_cpu_ns() - cpu_before_ns, std::memory_order_relaxed);
    if (answer == nvml::code::timeout) continue;
    if (answer != 0) {
      // A lost GPU makes the wait fail at once: do not spin on it.
      sleep_until_ns(monotonic_ns() + pause_after_failure_ns);
      continue;
    }
    const char* kind = data.type == nvml::event_xid ? "xid" : data.type == nvml::event_mig ? "mig_changed"
                       : data.type == nvml::event_single_bit_ecc ? "ecc_single_bit" : "ecc_double_bit";
    session->push_event(kind, event_fields(*session, data));
  }
  if (nvml.nvmlEventSetFree != nullptr) nvml.nvmlEventSetFree(set);
}

}  // namespace fluidscope
