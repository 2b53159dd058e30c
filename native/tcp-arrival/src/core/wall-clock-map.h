#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

namespace fluidscope {

/** One reading of the wall clock between two of CLOCK_MONOTONIC. */
struct ClockPair {
  int64_t mono_before_ns;
  int64_t wall_ns;
  int64_t mono_after_ns;
};

/** Some moment within [earliest, latest] of CLOCK_MONOTONIC. */
struct MonoSpan {
  int64_t earliest_ns;
  int64_t latest_ns;
};

/**
 * Turns wall stamps into monotonic time. The kernel slews both clocks alike, so their offset changes by steps alone; between steps the
 * tightest pair speaks for all. A step starts a new era. A stamp is read with every era that could have given it, and the answer spans
 * them all: a step widens the bound of what arrived around it and never makes it wrong (clock-test.cc).
 */
class WallClockMap {
 public:
  void observe(const ClockPair& pair) {
    const int64_t width = pair.mono_after_ns - pair.mono_before_ns;
    const int64_t offset = pair.wall_ns - pair.mono_before_ns - width / 2;
    if (eras_.empty() || std::abs(offset - eras_.back().offset_ns) > (width + eras_.back().width_ns) / 2 + kSlackNs) {
      if (!eras_.empty()) eras_.back().until_ns = pair.mono_after_ns;
      const int64_t from = eras_.empty() ? std::numeric_limits<int64_t>::min() : last_observed_ns_;
      eras_.push_back({offset, width, from, std::numeric_limits<int64_t>::max()});
      if (eras_.size() > kMostEras) eras_.pop_front();
    } else if (width < eras_.back().width_ns) {
      eras_.back().offset_ns = offset;
      eras_.back().width_ns = width;
    }
    last_observed_ns_ = pair.mono_before_ns;
  }

  /** `within`: when the stamp can have been taken, by other knowledge. No answer: no era could have given it. */
  std::optional<MonoSpan> to_mono(int64_t wall_ns, MonoSpan within) const {
    std::optional<MonoSpan> answer;
    for (const Era& era : eras_) {
      const int64_t middle = wall_ns - era.offset_ns;
      const int64_t reach = era.width_ns / 2 + kSlackNs;
      const int64_t earliest = std::max({middle - reach, within.earliest_ns, era.from_ns});
      const int64_t latest = std::min({middle + reach, within.latest_ns, era.until_ns});
      if (earliest > latest) continue;
      answer = answer ? MonoSpan{std::min(answer->earliest_ns, earliest), std::max(answer->latest_ns, latest)} : MonoSpan{earliest, latest};
    }
    return answer;
  }

 private:
  struct Era {
    int64_t offset_ns;
    int64_t width_ns;
    int64_t from_ns;
    int64_t until_ns;
  };
  /** A smaller step goes unseen, so each answer allows for one. */
  static constexpr int64_t kSlackNs = 1000;
  static constexpr size_t kMostEras = 4;

  std::deque<Era> eras_;
  int64_t last_observed_ns_ = 0;
};

}  // namespace fluidscope
