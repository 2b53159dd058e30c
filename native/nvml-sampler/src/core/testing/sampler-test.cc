#include <dlfcn.h>

#include <map>

#include "../sampler.h"
#include "check.h"

using namespace fluidscope;

namespace {

constexpr uint64_t patience_ns = 20000000000;

void fake_set(const char* name, int value) {
  void* const library = dlopen(FAKE_NVML, RTLD_NOW | RTLD_LOCAL);
  reinterpret_cast<void (*)(const char*, int)>(dlsym(library, "fake_set"))(name, value);
  dlclose(library);
}

class Collector : public Sink {
 public:
  bool is_ready() override { return true; }
  void take(Flush&& flush) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const SampleRecord& record : flush.records) {
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
  int epochs() { const std::lock_guard<std::mutex> lock(mutex_); return epochs_; }
  int fresh_clocks() { const std::lock_guard<std::mutex> lock(mutex_); return fresh_clocks_; }

 private:
  std::mutex mutex_;
  std::map<std::pair<uint16_t, uint16_t>, size_t> counts_;
  std::string events_;
  int epochs_ = 0, fresh_clocks_ = 0;
};

template <typename Condition>
bool eventually(Condition&& condition) {
  const uint64_t until = monotonic_ns() + patience_ns;
  while (!condition() && monotonic_ns() < until) sleep_until_ns(monotonic_ns() + 1000000);
  return condition();
}

Options quick_options() {
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

bool describes(Sampler& sampler, const std::string& text) { return sampler.describe().find(text) != std::string::npos; }

}  // namespace

TEST(streams, "samples all GPUs, marks repeats, says once what is absent") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 20 && sink->count(1, Metric::energy_mj) > 2; }));
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"fan_speed_pct\",\"reason\":\"not supported by this GPU\""); }));
  CHECK(describes(sampler, "\"metric\":\"memory_used_bytes\",\"reason\":\"this library has no such function\""));
  CHECK(sink->count(0, Metric::fan_speed_pct) == 0);
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"sm_clock_mhz\",\"refreshMedianNs\":null"); }));
  sampler.stop();
  CHECK(sink->fresh_clocks() == 2);
}

TEST(epoch, "a counter that goes down starts an epoch; an XID is an event") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::energy_mj) > 2; }));
  fake_set("energy", 10);
  fake_set("xid", 79);
  CHECK(eventually([&] { return sink->epochs() >= 2 && sink->has_event("\"kind\":\"xid\"") && sink->has_event("\"data\":79"); }));
  fake_set("energy", 1000);
}

TEST(stall, "a GPU whose call hangs is stalled, the others stream on, and it comes back") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
  fake_set("stuck", 0);
  CHECK(eventually([&] { return sink->has_event("\"state\":\"stalled\""); }));
  const size_t stalled = sink->count(0, Metric::sm_clock_mhz), other = sink->count(1, Metric::sm_clock_mhz);
  CHECK(eventually([&] { return sink->count(1, Metric::sm_clock_mhz) > other + 20; }));
  CHECK(sink->count(0, Metric::sm_clock_mhz) == stalled);
  fake_set("stuck", -1);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > stalled + 5; }));
}

TEST(stuck_stop, "stop returns while a call hangs") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
  fake_set("stuck", 1);
  CHECK(eventually([&] { return sink->has_event("\"state\":\"stalled\""); }));
  sampler.stop();
  fake_set("stuck", -1);
  // The thread that hung ends by itself; give it the time, so that the leak check sees what it leaves.
  sleep_until_ns(monotonic_ns() + 300000000);
}

TEST(lost, "a lost GPU is dropped, the others stream on") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(1, Metric::sm_clock_mhz) > 5; }));
  fake_set("lost", 1);
  CHECK(eventually([&] { return sink->has_event("\"state\":\"lost\""); }));
  const size_t before = sink->count(0, Metric::sm_clock_mhz);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > before + 5; }));
  fake_set("lost", -1);
}

TEST(driver, "the driver goes and comes back") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
  fake_set("init", 9);
  fake_set("refuse_all", 1);
  CHECK(eventually([&] { return describes(sampler, "\"state\":\"driver_not_loaded\""); }));
  fake_set("refuse_all", 0);
  fake_set("init", 0);
  CHECK(eventually([&] { return describes(sampler, "{\"state\":\"ready\""); }));
}

TEST(states, "each way of having no GPUs is its own state") {
  const std::pair<int, const char*> answers[] = {{9, "driver_not_loaded"}, {18, "driver_mismatch"}, {4, "no_permission"}, {999, "devices_revoked"}, {3, "init_failed"}};
  for (const auto& [answer, state] : answers) {
    fake_set("init", answer);
    Sampler sampler(quick_options(), std::make_shared<Collector>());
    CHECK(eventually([&, expected = std::string("{\"state\":\"") + state] { return describes(sampler, expected); }));
  }
  fake_set("init", 0);
  fake_set("gpus", 0);
  Sampler none(quick_options(), std::make_shared<Collector>());
  CHECK(eventually([&] { return describes(none, "{\"state\":\"no_gpu\""); }));
  none.stop();
  fake_set("gpus", 2);
  Options options = quick_options();
  options.library = "libnot-there.so.9";
  Sampler missing(options, std::make_shared<Collector>());
  CHECK(eventually([&] { return describes(missing, "{\"state\":\"library_missing\""); }));
  options.library = "libm.so.6";
  Sampler other(options, std::make_shared<Collector>());
  CHECK(eventually([&] { return describes(other, "{\"state\":\"library_unusable\"") && describes(other, "does not export nvmlInit_v2"); }));
}
