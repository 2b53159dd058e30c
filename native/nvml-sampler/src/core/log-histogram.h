#pragma once
#include <array>
#include <cstdint>

namespace fluidscope {

/** Counts of ns in buckets of four to an octave: a quantile is over by at most 25 %. Fixed size; never allocates. */
class LogHistogram {
 public:
  void add(uint64_t value_ns) {
    ++buckets_[bucket_of(value_ns)];
    ++count_;
  }
  /** The upper edge of the bucket that holds the quantile; 0 when nothing was added. */
  uint64_t quantile(double share) const {
    if (count_ == 0) return 0;
    uint64_t below = 0;
    const auto rank = static_cast<uint64_t>(share * static_cast<double>(count_ - 1));
    for (uint32_t at = 0; at < buckets_.size(); ++at) {
      below += buckets_[at];
      if (below > rank) return edge_of(at);
    }
    return edge_of(static_cast<uint32_t>(buckets_.size() - 1));
  }
  uint64_t count() const { return count_; }
  void clear() { *this = LogHistogram{}; }

 private:
  static uint32_t bucket_of(uint64_t value) {
    if (value < 4) return static_cast<uint32_t>(value);
    const auto octave = static_cast<uint32_t>(63 - __builtin_clzll(value));
    return (octave - 1) * 4 + static_cast<uint32_t>((value >> (octave - 2)) & 3);
  }
  static uint64_t edge_of(uint32_t bucket) {
    if (bucket < 4) return bucket;
    const uint32_t octave = bucket / 4 + 1;
    return (uint64_t{4} + bucket % 4 + 1) * (uint64_t{1} << (octave - 2)) - 1;
  }
  std::array<uint32_t, 252> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace fluidscope
