/** The exported functions of event sets. */
#include <algorithm>
#include <vector>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

struct EventSet {
  uint64_t types[max_gpus];
  /** How many of a GPU's events were seen. */
  uint32_t seen[max_gpus];
  /** Whether its loss was told: once a set, so that a client which waits on hears of the others. */
  bool loss_told[max_gpus];
};

constexpr uint64_t ecc_events = 1 | 2, performance_state = 4, xid_event = 8, clock_event = 0x10, mig_event = 0x100;
/** The sets that clients have: one that is freed while another thread waits on it ends that wait. Under the lock. */
std::vector<EventSet*>& live_sets() {
  static auto* const only = new std::vector<EventSet*>;
  return *only;
}
bool is_live(const EventSet* set) { return std::find(live_sets().begin(), live_sets().end(), set) != live_sets().end(); }

uint64_t supported_events(uint32_t gpu) {
  const Board& board = world().board(gpu);
  return performance_state | xid_event | clock_event | (board.has_ecc ? ecc_events : 0) | (board.has_mig ? mig_event : 0);
}

bool next_event(EventSet& set, EventData& out) {
  for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
    if (set.types[gpu] == 0) continue;
    const StateGpu& shown = world().gpu(gpu);
    const uint32_t head = world().read(shown.xid_head);
    if (head - set.seen[gpu] > xid_ring_length) set.seen[gpu] = head - xid_ring_length;
    while (set.seen[gpu] != head) {
      const StateXid event = world().read(shown.xids[set.seen[gpu]++ % xid_ring_length]);
      if ((set.types[gpu] & event.type) == 0) continue;
      out = {handle_of(gpu), event.type, event.type == xid_event ? event.xid : 0, no_instance, no_instance};
      return true;
    }
  }
  return false;
}

bool next_loss(EventSet& set) {
  for (uint32_t gpu = 0; gpu < world().gpu_count(); ++gpu) {
    if (set.types[gpu] == 0 || set.loss_told[gpu] || world().device_state(gpu) != answer::gpu_lost) continue;
    return set.loss_told[gpu] = true;
  }
  return false;
}

/** What has happened goes before the loss: XID 79 is told, then 15. */
Return look(EventSet* set, EventData& out) {
  if (!is_live(set)) return answer::invalid_argument;
  if (next_event(*set, out)) return 0;
  return next_loss(*set) ? answer::gpu_lost : answer::timeout;
}

}  // namespace

NVML_SIM_EXPORT Return nvmlEventSetCreate(EventSet** out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_system([&] {
    *out = new EventSet{};
    live_sets().push_back(*out);
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlEventSetFree(EventSet* set) {
  // Also when the driver is gone, or nobody could give the memory back.
  const std::lock_guard<std::mutex> held(world().lock);
  if (world().availability() == answer::uninitialized) return answer::uninitialized;
  auto& all = live_sets();
  const auto at = std::find(all.begin(), all.end(), set);
  if (at == all.end()) return answer::invalid_argument;
  delete *at;
  all.erase(at);
  return 0;
}
NVML_SIM_EXPORT Return nvmlDeviceGetSupportedEventTypes(Device device, uint64_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return *out = supported_events(gpu), 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceRegisterEvents(Device device, uint64_t types, EventSet* set) {
  return call(device, {}, [&](uint32_t gpu) {
    if (!is_live(set)) return answer::invalid_argument;
    if ((types & ~supported_events(gpu)) != 0) return answer::not_supported;
    if (set->types[gpu] == 0) set->seen[gpu] = world().read(world().gpu(gpu).xid_head);
    set->types[gpu] |= types;
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlEventSetWait_v2(EventSet* set, EventData* out, uint32_t timeout_ms) {
  if (out == nullptr) return answer::invalid_argument;
  const uint64_t until = mono_ns() + uint64_t{timeout_ms} * 1'000'000;
  for (;;) {
    const Return code = call_system([&] { return look(set, *out); });
    if (code != answer::timeout || mono_ns() >= until) return code;
    sleep_ns(2'000'000);
  }
}
