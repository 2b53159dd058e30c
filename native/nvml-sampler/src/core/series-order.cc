#include "series-order.h"

#include <algorithm>

#include "session.h"

namespace fluidscope {

namespace {

size_t bucket_of(const SampleRecord& record) { return size_t{record.gpu_index} * metric_id_count + record.metric_id; }

}  // namespace

void SeriesOrder::sort(std::vector<SampleRecord>& records) {
  size_t buckets = 0;
  for (const SampleRecord& record : records) buckets = std::max(buckets, bucket_of(record) + 1);
  starts_.assign(buckets + 1, 0);
  for (const SampleRecord& record : records) ++starts_[bucket_of(record) + 1];
  for (size_t at = 1; at <= buckets; ++at) starts_[at] += starts_[at - 1];
  scratch_.resize(records.size());
  for (const SampleRecord& record : records) scratch_[starts_[bucket_of(record)]++] = record;
  // Each start has moved to its bucket's end. Links, processes and instances are few beside the whole GPUs' samples.
  const auto by_sub_id = [](const SampleRecord& a, const SampleRecord& b) { return a.sub_id < b.sub_id; };
  for (size_t at = 0, from = 0; at < buckets; from = starts_[at++]) {
    const auto first = scratch_.begin() + static_cast<std::ptrdiff_t>(from), last = scratch_.begin() + static_cast<std::ptrdiff_t>(starts_[at]);
    if (!std::is_sorted(first, last, by_sub_id)) std::stable_sort(first, last, by_sub_id);
  }
  records.swap(scratch_);
}

}  // namespace fluidscope
