#pragma once
#include "session.h"

namespace fluidscope {

/** One lane's hands on NVML: times each call, announces it (rule 3), turns values into records. */
class Context {
 public:
  Context(Session& session, Worker& worker) : session_(session), worker_(worker), is_quick_(worker.kind == LaneKind::quick) {}

  template <typename Call>
  nvml::Return call(Call&& make) {
    const uint64_t word = (++sequence_ << 17) | (uint64_t{gpu->index} << 1) | (uint64_t{1} << 63);
    worker_.word.store(word, std::memory_order_release);
    // A slow call may sleep, and then its CPU is what it cost; that clock is a system call, which the quick lane's short ones cannot afford.
    const uint64_t cpu_before_ns = is_quick_ ? 0 : thread_cpu_ns();
    before_ns = monotonic_ns();
    const nvml::Return answer = make();
    const uint64_t took_ns = monotonic_ns() - before_ns;
    call_ns = took_ns > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(took_ns);
    uint64_t expected = word;
    if (!worker_.word.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) {
      abandoned = true;
      return abandoned_answer;
    }
    cost->add(took_ns);
    inside_calls_ns += is_quick_ ? took_ns : thread_cpu_ns() - cpu_before_ns;
    return answer;
  }

  /** `sensor_ns`: the driver's own time for the value, or the start of its window when `extra_flags` says so. */
  void emit(Metric metric, double value, uint32_t sub_id = 0, uint32_t extra_flags = 0, uint64_t sensor_ns = 0);
  /** A value that only grows: a decrease starts an epoch; above 2^53 the epoch's first value is subtracted, so that it stays exact. */
  void emit_counter(Metric metric, uint64_t value, uint32_t sub_id = 0);

  static constexpr nvml::Return abandoned_answer = -1;
  Gpu* gpu = nullptr;
  Desk* desk = nullptr;
  LogHistogram* cost = nullptr;
  uint64_t before_ns = 0;
  uint32_t call_ns = 0;
  /** Of all calls so far: what the GPU's side cost, as far as this thread paid for it. */
  uint64_t inside_calls_ns = 0;
  bool abandoned = false;

 private:
  Series& series(Metric metric, uint32_t sub_id);
  void push(Metric metric, double value, uint32_t sub_id, uint32_t flags, uint64_t sensor_ns);
  Session& session_;
  Worker& worker_;
  const bool is_quick_;
  uint64_t sequence_ = 0;
};

}  // namespace fluidscope
