#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "connection-info.h"

namespace fluidscope {

struct SamplingPlan {
  int64_t period_ns;
  /** A connection that has brought nothing for so long is sampled then too, once a silence. */
  int64_t silence_ns;
};

struct Samples {
  std::vector<ConnectionSample> samples;
  /** Not kept, because nobody took those before them. */
  uint64_t lost_count = 0;
};

/** What the sampler remembers of one connection. */
struct SampledConnection {
  int64_t sampled_ns = 0;
  int64_t heard_ns = 0;
  bool silence_is_sampled = false;

  void heard(int64_t now_ns) {
    heard_ns = now_ns;
    silence_is_sampled = false;
  }
};

/**
 * Which connections are due for a sample, and the samples until they are taken. A scan of all connections finds those that are due; they
 * are then sampled a slice at a time, so that ten thousand of them do not keep the thread from reading.
 */
class ConnectionSampler {
 public:
  static constexpr size_t kSliceCount = 128;
  static constexpr size_t kMostSamples = 65'536;

  void plan(std::optional<SamplingPlan> plan) {
    plan_ = plan;
    due_.clear();
    next_scan_ns_ = 0;
  }

  bool is_on() const { return plan_.has_value(); }
  bool scan_is_due(int64_t now_ns) const { return plan_ && due_.empty() && now_ns >= next_scan_ns_; }

  /** When the thread must be back, given that no socket calls it before. */
  int64_t next_ns() const { return due_.empty() ? next_scan_ns_ : 0; }

  template <typename Sockets>
  void scan(const Sockets& sockets, int64_t now_ns) {
    for (const auto& [id, socket] : sockets)
      if (!socket.connecting && cause_for(socket.sampled, now_ns)) due_.push_back(id);
    next_scan_ns_ = now_ns + std::clamp(std::min(plan_->period_ns, plan_->silence_ns) / 4, kLeastScanNs, kMostScanNs);
  }

  std::optional<uint64_t> next_due() {
    if (due_.empty()) return std::nullopt;
    const uint64_t id = due_.back();
    due_.pop_back();
    return id;
  }

  std::optional<SampleCause> cause_for(const SampledConnection& connection, int64_t now_ns) const {
    if (!connection.silence_is_sampled && now_ns - connection.heard_ns >= plan_->silence_ns) return SampleCause::kSilence;
    if (now_ns - connection.sampled_ns >= plan_->period_ns) return SampleCause::kInterval;
    return std::nullopt;
  }

  void keep(SampledConnection& connection, const ConnectionSample& sample) {
    connection.sampled_ns = sample.mono_ns;
    if (sample.cause == SampleCause::kSilence) connection.silence_is_sampled = true;
    if (kept_.samples.size() < kMostSamples) kept_.samples.push_back(sample);
    else ++kept_.lost_count;
  }

  size_t kept_count() const { return kept_.samples.size(); }

  Samples take() { return std::exchange(kept_, {}); }

 private:
  static constexpr int64_t kLeastScanNs = 5'000'000;
  static constexpr int64_t kMostScanNs = 50'000'000;

  std::optional<SamplingPlan> plan_;
  std::vector<uint64_t> due_;
  int64_t next_scan_ns_ = 0;
  Samples kept_;
};

}  // namespace fluidscope
