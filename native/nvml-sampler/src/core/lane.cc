#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <ctime>

#include "guard.h"
#include "session.h"

namespace fluidscope {

namespace {

constexpr uint64_t ms = 1000000, second = 1000 * ms;
// GPM: a little over the 100 ms that it needs between two readings, so that none is wasted by coming early.
constexpr uint64_t tier_period_ns[tier_count] = {0, 50 * ms, 250 * ms, 105 * ms, 2 * second, second, second, 10 * second};
constexpr uint64_t longest_sleep_ns = 100 * ms;  // how long stop() may have to wait for a lane

uint64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * second + static_cast<uint64_t>(now.tv_nsec);
}

class Lane {
 public:
  Lane(const std::shared_ptr<Session>& session, Worker& worker) : session_(*session), worker_(worker), context_(*session, worker),
        guard_(static_cast<uint64_t>(1e9 / session->options.fast_hz), session->fast_period_ns, session->options.adapt) {}

  void run() {
    const uint64_t start_ns = monotonic_ns();
    due_ns_.fill(start_ns);
    guard_from_ns_ = start_ns;
    guard_cpu_ns_ = thread_cpu_ns();
    while (!session_.lanes_stopping.load(std::memory_order_relaxed)) {
      const uint64_t now_ns = sleep_until_due();
      if (now_ns == 0) continue;
      const bool calibrates = is_calibrating(now_ns);
      for (size_t tier = 0; tier < tier_count; ++tier) {
        if (lane_of(static_cast<Tier>(tier)) != worker_.kind || due_ns_[tier] > now_ns) continue;
        read_tier(static_cast<Tier>(tier));
        if (context_.abandoned) return give_back();
        reschedule(tier, calibrates, now_ns);
      }
      after_pass(calibrates);
    }
  }

 private:
  /** 0 when it slept only a part of the way. */
  uint64_t sleep_until_due() {
    uint64_t due = UINT64_MAX;
    for (size_t tier = 0; tier < tier_count; ++tier) {
      if (lane_of(static_cast<Tier>(tier)) == worker_.kind) due = std::min(due, due_ns_[tier]);
    }
    const uint64_t limit = monotonic_ns() + longest_sleep_ns;
    sleep_until_ns(std::min(due, limit));
    if (due > limit) return 0;
    const uint64_t now = monotonic_ns();
    if (worker_.kind == LaneKind::quick) note_lateness(now - std::min(now, due));
    return now;
  }

  void note_lateness(uint64_t late_ns) {
    lateness_.add(late_ns);
    if (late_ns > session_.max_lateness_ns.load(std::memory_order_relaxed)) {
      session_.max_lateness_ns.store(late_ns, std::memory_order_relaxed);
    }
  }

  bool is_calibrating(uint64_t now_ns) const {
    return worker_.kind == LaneKind::quick && now_ns < session_.calibrate_until_ns.load(std::memory_order_relaxed);
  }

  /** Absolute: the next slot of the tier's grid. Slots that passed are skipped and counted, never caught up in a burst. */
  void reschedule(size_t tier, bool calibrates, uint64_t began_ns) {
    uint64_t period = tier == 0 ? session_.fast_period_ns.load(std::memory_order_relaxed) : tier_period_ns[tier];
    const uint64_t now = monotonic_ns();
    // 1 kHz for all, but at most half of the time: nobody's GPU is to wait for our curiosity.
    if (calibrates) period = std::max(std::min(period, ms), 2 * (now - began_ns));
    due_ns_[tier] += period;
    if (due_ns_[tier] > now) return;
    const uint64_t missed = (now - due_ns_[tier]) / period + 1;
    due_ns_[tier] += missed * period;
    if (!calibrates) session_.late_wakeups.fetch_add(missed, std::memory_order_relaxed);
  }

  void read_tier(Tier tier) {
    for (const auto& gpu : session_.gpus) {
      Desk& desk = gpu->desks[static_cast<size_t>(worker_.kind)];
      if (gpu->dropped.load(std::memory_order_relaxed) || desk.held.load(std::memory_order_acquire)) continue;
      context_.gpu = gpu.get();
      context_.desk = &desk;
      for (Reader& reader : desk.readers) {
        if (reader.tier != tier || reader.absent) continue;
        context_.cost = tier == Tier::fast ? &guard_cost_ : &reader.cost;
        const nvml::Return answer = reader.read(context_);
        if (context_.abandoned) return;
        if (tier == Tier::fast) reader.cost.add(context_.call_ns);
        if (answer != reader.last_error) judge(*gpu, reader, answer);
        if (gpu->dropped.load(std::memory_order_relaxed)) break;
      }
    }
  }

  void judge(Gpu& gpu, Reader& reader, nvml::Return answer) {
    reader.last_error = answer;
    const std::string reason = "NVML answers " + std::to_string(answer);
    if (answer == 0) return session_.set_gpu_state(gpu, "ready", "");
    if (answer == nvml::code::gpu_lost || answer == nvml::code::reset_required) {
      // Sticky until the driver is loaded again: asking on would only cost time.
      gpu.dropped = true;
      return session_.set_gpu_state(gpu, answer == nvml::code::gpu_lost ? "lost" : "reset_required", reason);
    }
    if (answer == nvml::code::uninitialized || answer == nvml::code::driver_not_loaded) {
      session_.driver_gone = true;
      return;
    }
    if (nvml::is_absent(answer) || answer == nvml::code::no_permission) {
      reader.absent = true;
      // Where the whole GPU has no such sensor, its MIG instances may.
      const std::vector<Reader>& all = gpu.desks[static_cast<size_t>(worker_.kind)].readers;
      if (std::any_of(all.begin(), all.end(), [&](const Reader& other) { return !other.absent && other.metrics == reader.metrics; })) return;
      return session_.set_absent(gpu, reader.metrics, nvml::is_absent(answer) ? "not supported by this GPU" : "no permission");
    }
    session_.set_gpu_state(gpu, "read_failed", std::string(name_of(reader.metrics.front())) + ": " + reason);
  }

  /** The call came back after the pump gave this thread up: rule 2. */
  void give_back() {
    Gpu& gpu = *context_.gpu;
    context_.desk->held.store(false, std::memory_order_release);
    session_.set_gpu_state(gpu, "ready", "a call came back after " + std::to_string((monotonic_ns() - context_.before_ns) / ms) + " ms");
  }

  void after_pass(bool calibrates) {
    const uint64_t now = monotonic_ns();
    if (calibrates) guard_from_ns_ = now, guard_cpu_ns_ = thread_cpu_ns(), guard_cost_.clear();
    if (calibrated_ && now < publish_at_ns_ && now - guard_from_ns_ < second) return;
    if (!calibrates && !calibrated_) {
      calibrated_ = true;
      publish("calibrated");
      publish_at_ns_ = now + 10 * second;
    } else if (!calibrates && now >= publish_at_ns_) {
      publish(nullptr);
      publish_at_ns_ = now + 10 * second;
    }
    if (now - guard_from_ns_ >= second) guard(now);
  }

  void guard(uint64_t now) {
    const uint64_t cpu_ns = thread_cpu_ns();
    const double share = static_cast<double>(cpu_ns - guard_cpu_ns_) / static_cast<double>(now - guard_from_ns_);
    const uint64_t p99_ns = guard_cost_.quantile(0.99);
    guard_cost_.clear();
    guard_from_ns_ = now;
    guard_cpu_ns_ = cpu_ns;
    if (worker_.kind != LaneKind::quick) return;
    const uint64_t period = guard_.period_ns();
    const Guard::Verdict verdict = guard_.judge(p99_ns, share);
    if (verdict == Guard::Verdict::keep) return;
    const uint64_t next = guard_.period_ns();
    session_.fast_period_ns = next;
    session_.guard_changes.fetch_add(next == period ? 0 : 1);
    session_.push_event(next == period ? "guard_passed" : "guard_changed",
                        "\"fromHz\":" + std::to_string(1e9 / static_cast<double>(period)) + ",\"toHz\":" + std::to_string(1e9 / static_cast<double>(next)) +
                            ",\"callP99Ns\":" + std::to_string(p99_ns) + ",\"loopPct\":" + std::to_string(share * 100));
  }

  static std::string number_or_null(std::vector<uint32_t> sorted, double share) {
    if (sorted.size() < 2) return "null";
    return std::to_string(uint64_t{sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))]} * 1000);
  }

  /** What was measured of each metric, for describe(). A value that never changed has an unknown refresh, not a fast one. */
  void publish(const char* event) {
    for (const auto& gpu : session_.gpus) {
      Desk& desk = gpu->desks[static_cast<size_t>(worker_.kind)];
      if (desk.held.load(std::memory_order_acquire)) continue;
      std::string json;
      for (const Reader& reader : desk.readers) {
        for (Metric metric : reader.metrics) {
          const auto found = desk.series.find(uint64_t{static_cast<uint16_t>(metric)} << 32);
          if (found == desk.series.end()) continue;
          std::vector<uint32_t> sorted = found->second.change_intervals_us;
          std::sort(sorted.begin(), sorted.end());
          json += std::string(json.empty() ? "" : ",") + "{\"metric\":\"" + name_of(metric) + "\",\"refreshMedianNs\":" + number_or_null(sorted, 0.5) +
                  ",\"refreshP10Ns\":" + number_or_null(sorted, 0.1) + ",\"changesCount\":" + std::to_string(found->second.changes) +
                  ",\"pollsCount\":" + std::to_string(found->second.polls) + ",\"callP50Ns\":" + std::to_string(reader.cost.quantile(0.5)) +
                  ",\"callP99Ns\":" + std::to_string(reader.cost.quantile(0.99)) + "}";
        }
      }
      const std::lock_guard<std::mutex> lock(session_.text_mutex);
      gpu->series_json[static_cast<size_t>(worker_.kind)] = json;
    }
    if (worker_.kind != LaneKind::quick) return;
    {
      const std::lock_guard<std::mutex> lock(session_.text_mutex);
      session_.lateness_json = "{\"p50Ns\":" + std::to_string(lateness_.quantile(0.5)) + ",\"p99Ns\":" + std::to_string(lateness_.quantile(0.99)) +
                               ",\"wakeupsCount\":" + std::to_string(lateness_.count()) + "}";
    }
    lateness_.clear();
    if (event != nullptr) session_.push_event(event, "\"gpuCount\":" + std::to_string(session_.gpus.size()));
  }

  Session& session_;
  Worker& worker_;
  Context context_;
  std::array<uint64_t, tier_count> due_ns_{};
  LogHistogram guard_cost_, lateness_;
  uint64_t guard_from_ns_ = 0, guard_cpu_ns_ = 0, publish_at_ns_ = 0;
  Guard guard_;
  bool calibrated_ = false;
};

std::string event_fields(const Session& session, const nvml::EventData& data) {
  std::string fields = "\"data\":" + std::to_string(data.data);
  for (const auto& gpu : session.gpus) {
    if (gpu->handle == data.device) fields += ",\"gpuIndex\":" + std::to_string(gpu->index) + ",\"gpuUuid\":" + json_text(gpu->uuid);
  }
  return fields;
}

}  // namespace

Series& Context::series(Metric metric, uint32_t sub_id) {
  // Processes come and go: forgetting all of them at once costs one "fresh" mark each.
  if (desk->series.size() > 4096) desk->series.clear();
  return desk->series[(uint64_t{static_cast<uint16_t>(metric)} << 32) | sub_id];
}

void Context::emit(Metric metric, double value, uint32_t sub_id, uint32_t extra_flags, uint64_t sensor_ns) {
  Series& known = series(metric, sub_id);
  ++known.polls;
  uint32_t flags = extra_flags;
  const uint64_t at_ns = (extra_flags & flag_buffered) != 0 ? sensor_ns : before_ns;
  if (!known.seen || known.last != value || (extra_flags & (flag_buffered | flag_window)) != 0) {
    flags |= flag_fresh;
    if (known.last_change_ns != 0 && known.change_intervals_us.size() < 256) {
      known.change_intervals_us.push_back(static_cast<uint32_t>(std::min<uint64_t>((at_ns - known.last_change_ns) / 1000, UINT32_MAX)));
    }
    // The first value's own start is unknown, so the first interval counts from the first change.
    if (known.seen) known.last_change_ns = at_ns, ++known.changes;
  }
  known.seen = true;
  known.last = value;
  push(metric, value, sub_id, flags, sensor_ns);
}

void Context::emit_counter(Metric metric, uint64_t value, uint32_t sub_id) {
  Series& known = series(metric, sub_id);
  constexpr uint64_t exact_limit = uint64_t{1} << 53;
  const bool decreased = known.seen && value < known.last_whole;
  if (!known.seen || decreased) known.base = value >= exact_limit ? value : 0;
  known.last_whole = value;
  emit(metric, static_cast<double>(value - known.base), sub_id, decreased ? flag_new_epoch : 0);
}

void Context::push(Metric metric, double value, uint32_t sub_id, uint32_t flags, uint64_t sensor_ns) {
  const bool buffered = (flags & flag_buffered) != 0;
  worker_.ring.push({buffered ? sensor_ns : before_ns, buffered ? 0 : call_ns, gpu->index, static_cast<uint16_t>(metric), value, flags, sub_id, sensor_ns});
}

std::shared_ptr<Worker> start_lane(const std::shared_ptr<Session>& session, LaneKind kind) {
  auto worker = std::make_shared<Worker>(kind, session->options.ring_log2);
  worker->thread = std::thread([session, worker] {
    block_signals();
    pthread_setname_np(pthread_self(), worker->kind == LaneKind::quick ? "nvml-quick" : "nvml-slow");
    Lane(session, *worker).run();
    worker->done.store(true, std::memory_order_release);
  });
  return worker;
}

void run_events(const std::shared_ptr<Session>& session) {
  const nvml::Library& nvml = session->nvml;
  nvml::EventSet set = nullptr;
  if (nvml.nvmlEventSetCreate == nullptr || nvml.nvmlEventSetWait_v2 == nullptr || nvml.nvmlEventSetCreate(&set) != 0) return;
  bool registered = false;
  for (const auto& gpu : session->gpus) {
    uint64_t supported = 0;
    if (gpu->dropped) continue;
    if (nvml.nvmlDeviceGetSupportedEventTypes == nullptr || nvml.nvmlDeviceRegisterEvents == nullptr) break;
    if (nvml.nvmlDeviceGetSupportedEventTypes(gpu->handle, &supported) != 0) continue;
    supported &= nvml::event_single_bit_ecc | nvml::event_double_bit_ecc | nvml::event_xid | nvml::event_mig;
    registered |= supported != 0 && nvml.nvmlDeviceRegisterEvents(gpu->handle, supported, set) == 0;
  }
  while (registered && !session->lanes_stopping.load(std::memory_order_relaxed)) {
    nvml::EventData data{};
    const nvml::Return answer = nvml.nvmlEventSetWait_v2(set, &data, 100);
    if (answer == nvml::code::timeout) continue;
    if (answer != 0) {
      // A lost GPU makes the wait fail at once: do not spin on it.
      sleep_until_ns(monotonic_ns() + longest_sleep_ns);
      continue;
    }
    const char* kind = data.type == nvml::event_xid ? "xid" : data.type == nvml::event_mig ? "mig_changed"
                       : data.type == nvml::event_single_bit_ecc ? "ecc_single_bit" : "ecc_double_bit";
    session->push_event(kind, event_fields(*session, data));
  }
  if (nvml.nvmlEventSetFree != nullptr) nvml.nvmlEventSetFree(set);
}

}  // namespace fluidscope
