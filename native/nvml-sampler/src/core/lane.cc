#include <pthread.h>

#include <algorithm>

#include "context.h"
#include "durations.h"
#include "guard.h"
#include "measured.h"
#include "silence.h"

namespace fluidscope {

namespace {

// GPM: a little over the 100 ms that it needs between two readings, so that none is wasted by coming early.
constexpr uint64_t tier_period_ns[tier_count] = {0, 50 * ms, 250 * ms, 105 * ms, 2 * second, second, second, 10 * second};
// After the third drain of the driver's own samples: every slow metric has had its chance to show a value.
constexpr uint64_t survey_ns = 5 * second;
constexpr uint64_t longest_sleep_ns = 100 * ms;  // how long stop() may have to wait for a lane
constexpr uint32_t passes_per_told_cost = 16;

class Lane {
 public:
  Lane(const std::shared_ptr<Session>& session, Worker& worker) : session_(*session), worker_(worker), context_(*session, worker),
        guard_(static_cast<uint64_t>(1e9 / session->options.fast_hz), session->fast_period_ns, session->options.adapt) {}

  void run() {
    const uint64_t start_ns = monotonic_ns();
    survey_at_ns_ = worker_.kind == LaneKind::slow ? start_ns + survey_ns : UINT64_MAX;
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
      session_.inside_calls_ns.fetch_add(context_.inside_calls_ns - told_inside_ns_, std::memory_order_relaxed);
      told_inside_ns_ = context_.inside_calls_ns;
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
    // The guard's one histogram has every call; those of forty readers would be forty cache misses a pass.
    if (tier == Tier::fast) tells_costs_ = fast_passes_++ % passes_per_told_cost == 0;
    for (const auto& gpu : session_.gpus) {
      Desk& desk = gpu->desks[static_cast<size_t>(worker_.kind)];
      if (gpu->dropped.load(std::memory_order_relaxed) || desk.held.load(std::memory_order_acquire)) continue;
      context_.gpu = gpu.get();
      context_.desk = &desk;
      for (Reader& reader : desk.readers) {
        if (reader.tier > tier) break;
        if (reader.tier < tier || reader.absent) continue;
        context_.cost = tier == Tier::fast ? &guard_cost_ : &reader.cost;
        const nvml::Return answer = reader.read(context_);
        if (context_.abandoned) return;
        if (tier == Tier::fast && tells_costs_) reader.cost.add(context_.call_ns);
        if (answer != reader.last_error) judge(*gpu, reader, answer);
        if (answer == 0 && reader.reads < reads_before_silence(tier) && ++reader.reads == reads_before_silence(tier)) tell_silence(session_, *gpu, desk, reader);
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
    if (now >= survey_at_ns_) {
      survey_at_ns_ = UINT64_MAX;
      session_.push_event("surveyed", "\"gpuCount\":" + std::to_string(session_.gpus.size()));
    }
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
    const std::string fields = "\"fromHz\":" + std::to_string(1e9 / static_cast<double>(period)) + ",\"toHz\":" + std::to_string(1e9 / static_cast<double>(next)) +
                               ",\"callP99Ns\":" + std::to_string(p99_ns) + ",\"loopPct\":" + std::to_string(share * 100);
    session_.set_last_guard("{\"monoNs\":\"" + std::to_string(now) + "\"," + fields + "}");
    session_.push_event(next == period ? "guard_passed" : "guard_changed", fields);
  }

  /** What was measured of each metric, for describe(). A value that never changed has an unknown refresh, not a fast one. */
  void publish(const char* event) {
    for (const auto& gpu : session_.gpus) {
      Desk& desk = gpu->desks[static_cast<size_t>(worker_.kind)];
      if (desk.held.load(std::memory_order_acquire)) continue;
      const std::string json = measured_json(desk);
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
  uint32_t fast_passes_ = 0;
  bool tells_costs_ = true;
  LogHistogram guard_cost_;
  FineHistogram lateness_;
  uint64_t guard_from_ns_ = 0, guard_cpu_ns_ = 0, publish_at_ns_ = 0, survey_at_ns_ = 0;
  uint64_t told_inside_ns_ = 0;
  Guard guard_;
  bool calibrated_ = false;
};

}  // namespace

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

}  // namespace fluidscope
