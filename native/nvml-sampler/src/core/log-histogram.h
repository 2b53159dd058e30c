#pragma once
#include <array>
#include <cstdint>

namespace fluidscope {

/** Counts of ns in buckets of 2^`bits` to an octave: a quantile is over by at most 1 in 2^`bits`. Fixed size; never allocates. */
template <unsigned bits>
class OctaveHistogram {
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
  void clear() { *this = OctaveHistogram{}; }

 private:
  static constexpr uint32_t per_octave = 1u << bits;
  static uint32_t bucket_of(uint64_t value) {
    if (value < per_octave) return static_cast<uint32_t>(value);
    const auto octave = static_cast<uint32_t>(63 - __builtin_clzll(value));
    return (octave - bits + 1) * per_octave + static_cast<uint32_t>((value >> (octave - bits)) & (per_octave - 1));
  }
  static uint64_t edge_of(uint32_t bucket) {
    if (bucket < per_octave) return bucket;
    const uint32_t octave = bucket / per_octave + bits - 1;
    return (uint64_t{per_octave} + bucket % per_octave + 1) * (uint64_t{1} << (octave - bits)) - 1;
  }
  std::array<uint32_t, (65 - bits) * per_octave> buckets_{};
  uint64_t count_ = 0;
};

/** For the cost of calls, of which there are many kinds: within 25 %. */
using LogHistogram = OctaveHistogram<2>;
/** For lateness, which is compared with that of other programs: within 3 %. */
using FineHistogram = OctaveHistogram<5>;

}  // namespace fluidscope
