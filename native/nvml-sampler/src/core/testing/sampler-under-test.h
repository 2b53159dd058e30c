#pragma once
// What the sampler's tests share: the fake library's switches, a sink that counts, and options that make everything quick.
#include <dlfcn.h>

#include <map>

#include "../sampler.h"
#include "check.h"

namespace fluidscope {

// On a busy machine calls are given up as stalled again and again before one comes back in time.
constexpr uint64_t patience_ns = 120000000000;

inline void fake_set(const char* name, int value) {
  void* const library = dlopen(FAKE_NVML, RTLD_NOW | RTLD_LOCAL);
  reinterpret_cast<void (*)(const char*, int)>(dlsym(library, "fake_set"))(name, value);
  dlclose(library);
}

/** A switch of the fake library for the length of a test. */
class With {
 public:
  With(const char* name, int value, int otherwise) : name_(name), otherwise_(otherwise) { fake_set(name, value); }
  With(const With&) = delete;
  ~With() { fake_set(name_, otherwise_); }

 private:
  const char* const name_;
  const int otherwise_;
};

class Collector : public Sink {
 public:
  bool is_ready() override { return ready; }
  std::atomic<bool> ready{true};
  void take(Flush&& flush) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    overruns_ = flush.overruns;
    for (const SampleRecord& record : flush.records) {
      last_[{record.metric_id, record.sub_id}] = record;
      ++counts_[{record.gpu_index, record.metric_id}];
      if ((record.flags & flag_new_epoch) != 0) ++epochs_;
      if (record.metric_id == static_cast<uint16_t>(Metric::sm_clock_mhz) && (record.flags & flag_fresh) != 0) ++fresh_clocks_;
    }
    for (const std::string& event : flush.events) events_ += event + "\n";
  }
  size_t count(uint16_t gpu, Metric metric) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_[{gpu, static_cast<uint16_t>(metric)}];
  }
  bool has_event(const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return events_.find(text) != std::string::npos;
  }
  /** The last record of a metric, of whichever GPU; all zero when there was none. */
  SampleRecord last(Metric metric, uint32_t sub_id = 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return last_[{static_cast<uint16_t>(metric), sub_id}];
  }
  bool has(Metric metric, uint32_t sub_id = 0) { return last(metric, sub_id).before_ns != 0; }
  uint64_t overruns() { const std::lock_guard<std::mutex> lock(mutex_); return overruns_; }
  int epochs() { const std::lock_guard<std::mutex> lock(mutex_); return epochs_; }
  int fresh_clocks() { const std::lock_guard<std::mutex> lock(mutex_); return fresh_clocks_; }

 private:
  std::mutex mutex_;
  std::map<std::pair<uint16_t, uint16_t>, size_t> counts_;
  std::map<std::pair<uint16_t, uint32_t>, SampleRecord> last_;
  uint64_t overruns_ = 0;
  std::string events_;
  int epochs_ = 0, fresh_clocks_ = 0;
};

template <typename Condition>
bool eventually(Condition&& condition) {
  const uint64_t until = monotonic_ns() + patience_ns;
  while (!condition() && monotonic_ns() < until) sleep_until_ns(monotonic_ns() + 1000000);
  return condition();
}

inline Options quick_options() {
  Options options;
  options.library = FAKE_NVML;
  options.fast_hz = 200;
  options.flush_ms = 5;
  options.calibrate_ms = 50;
  options.stall_ms = 100;
  options.retry_ms = 10;
  options.ring_log2 = 12;
  return options;
}

inline bool describes(Sampler& sampler, const std::string& text) { return sampler.describe().find(text) != std::string::npos; }

}  // namespace fluidscope
