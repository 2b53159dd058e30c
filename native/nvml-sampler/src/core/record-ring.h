#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace fluidscope {

constexpr uint32_t flag_fresh = 1, flag_new_epoch = 2, flag_buffered = 4, flag_window = 8;

/** What crosses to JavaScript, little-endian; `src/sample-record.ts` reads it. */
struct SampleRecord {
  uint64_t before_ns;
  uint32_t call_ns;
  uint16_t gpu_index;
  uint16_t metric_id;
  double value;
  uint32_t flags;
  uint32_t sub_id;
  uint64_t sensor_ns;
};
static_assert(sizeof(SampleRecord) == 40 && offsetof(SampleRecord, call_ns) == 8 && offsetof(SampleRecord, gpu_index) == 12);
static_assert(offsetof(SampleRecord, metric_id) == 14 && offsetof(SampleRecord, value) == 16);
static_assert(offsetof(SampleRecord, flags) == 24 && offsetof(SampleRecord, sub_id) == 28);
static_assert(offsetof(SampleRecord, sensor_ns) == 32);

/** One producer, one consumer, no lock. A full ring drops the newest record and counts it: the producer never waits. */
class RecordRing {
 public:
  explicit RecordRing(size_t capacity_log2)
      : mask_((size_t{1} << capacity_log2) - 1), slots_(new SampleRecord[mask_ + 1]) {}

  void push(const SampleRecord& record) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) > mask_) {
      overruns_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    slots_[head & mask_] = record;
    head_.store(head + 1, std::memory_order_release);
  }

  /** Hands the records that are there to `take`, as one run or two; returns their number. */
  template <typename Take>
  size_t drain(Take&& take) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    const size_t head = head_.load(std::memory_order_acquire);
    const size_t from = tail & mask_, count = head - tail;
    const size_t first = count < mask_ + 1 - from ? count : mask_ + 1 - from;
    if (first > 0) take(&slots_[from], first);
    if (count > first) take(&slots_[0], count - first);
    tail_.store(head, std::memory_order_release);
    return count;
  }

  /** For the consumer: at least so many records are there. */
  size_t size() const { return head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_relaxed); }

  uint64_t overruns() const { return overruns_.load(std::memory_order_relaxed); }

 private:
  const size_t mask_;
  std::unique_ptr<SampleRecord[]> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
  std::atomic<uint64_t> overruns_{0};
};

}  // namespace fluidscope
