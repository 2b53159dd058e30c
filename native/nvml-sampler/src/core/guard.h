#pragma once
#include <algorithm>
#include <cstdint>

namespace fluidscope {

/**
 * Keeps the fast tier from costing too much: judged once a second, down a step after three bad seconds in a row (one hiccup changes
 * nothing), up a step after calm ones. Each step down doubles the calm that the next step up needs, so that it does not swing.
 */
class Guard {
 public:
  enum class Verdict { keep, changed, passed };

  /** `period_ns` is where an earlier lane left the rate; without `adapts` the guard only says, once, that it is passed. */
  Guard(uint64_t requested_ns, uint64_t period_ns, bool adapts) : requested_ns_(requested_ns), period_ns_(period_ns), adapts_(adapts) {}

  Verdict judge(uint64_t call_p99_ns, double loop_share) {
    const bool is_bad = call_p99_ns > call_limit_ns || loop_share > loop_limit;
    const bool is_calm = call_p99_ns <= call_limit_ns / 2 && loop_share <= loop_limit / 2;
    bad_s_ = is_bad ? bad_s_ + 1 : 0;
    calm_s_ = is_calm ? calm_s_ + 1 : 0;
    if (bad_s_ >= bad_patience_s) {
      bad_s_ = 0;
      if (const uint64_t slower = adapts_ ? step_down() : period_ns_; slower != period_ns_) {
        calm_patience_s_ = std::min(2 * calm_patience_s_, longest_calm_patience_s);
        return change_to(slower);
      }
      if (said_) return Verdict::keep;
      said_ = true;
      return Verdict::passed;
    }
    if (calm_s_ < calm_patience_s_ || period_ns_ == requested_ns_) return Verdict::keep;
    return change_to(step_up());
  }

  uint64_t period_ns() const { return period_ns_; }

 private:
  static constexpr uint64_t call_limit_ns = 200000, middle_ns = 10000000, slowest_ns = 50000000;
  static constexpr double loop_limit = 0.02;
  static constexpr int bad_patience_s = 3, longest_calm_patience_s = 640;

  uint64_t step_down() const { return period_ns_ < middle_ns ? middle_ns : std::max(period_ns_, slowest_ns); }
  uint64_t step_up() const { return period_ns_ > middle_ns ? std::max(requested_ns_, middle_ns) : requested_ns_; }
  Verdict change_to(uint64_t period_ns) {
    period_ns_ = period_ns;
    calm_s_ = 0;
    said_ = false;
    return Verdict::changed;
  }

  const uint64_t requested_ns_;
  uint64_t period_ns_;
  const bool adapts_;
  bool said_ = false;
  int bad_s_ = 0, calm_s_ = 0, calm_patience_s_ = 10;
};

}  // namespace fluidscope
