#include "sampler-under-test.h"

using namespace fluidscope;

TEST(silent, "what the library has a call for and gives no value of is listed as absent, until a value comes") {
  auto sink = std::make_shared<Collector>();
  const With none("processes", 0, 3);
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"utilization_memory_buffered_pct\",\"reason\":\"no value so far: the driver keeps no samples of it\""); }));
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"process_sm_pct\",\"reason\":\"no value so far: no process"); }));
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"process_memory_used_bytes\",\"reason\":\"no value so far: no process"); }));
  CHECK(!describes(sampler, "\"metric\":\"power_buffered_mw\",\"reason\"") && !describes(sampler, "\"metric\":\"process_count\",\"reason\""));
  CHECK(eventually([&] { return sink->has_event("\"kind\":\"surveyed\""); }));
  fake_set("processes", 3);
  CHECK(eventually([&] { return sink->has(Metric::process_sm_pct, 4242) && !describes(sampler, "\"metric\":\"process_sm_pct\",\"reason\""); }));
}

TEST(hung_init, "a driver that hangs while NVML starts is said to, and read when it answers") {
  for (const auto& [hang, name] : {std::pair("stuck_init", "nvmlInit_v2"), std::pair("stuck_count", "nvmlDeviceGetCount_v2")}) {
    auto sink = std::make_shared<Collector>();
    const With hangs(hang, 1, 0);
    Sampler sampler(quick_options(), sink);
    CHECK(eventually([&] { return describes(sampler, "{\"state\":\"stalled_starting\""); }));
    CHECK(describes(sampler, std::string(name) + " has not come back within 100 ms"));
    CHECK(eventually([&] { return sink->has_event("\"state\":\"stalled_starting\""); }));
    fake_set(hang, 0);
    CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
    CHECK(describes(sampler, "{\"state\":\"ready\""));
  }
}

TEST(hung_init_stop, "stop returns while NVML starts and hangs") {
  const With hangs("stuck_init", 1, 0);
  Sampler sampler(quick_options(), std::make_shared<Collector>());
  CHECK(eventually([&] { return describes(sampler, "{\"state\":\"stalled_starting\""); }));
  const uint64_t from_ns = monotonic_ns();
  sampler.stop();
  CHECK(monotonic_ns() - from_ns < patience_ns);
  fake_set("stuck_init", 0);
  // The thread that hung ends by itself; give it the time, so that the leak check sees what it leaves.
  sleep_until_ns(monotonic_ns() + 100000000);
  CHECK(describes(sampler, "\"gpus\":[]"));
}

TEST(guard_tells, "calls that take too long lower the fast rate, and the description says from what and why") {
  const With slow("call_us", 400, 0);
  auto sink = std::make_shared<Collector>();
  Options options = quick_options();
  options.fast_hz = 1000;
  Sampler sampler(options, sink);
  CHECK(eventually([&] { return sink->has_event("\"kind\":\"guard_changed\""); }));
  CHECK(describes(sampler, "\"fastHz\":100.0") && describes(sampler, "\"guard\":{\"adapts\":true,\"requestedHz\":1000.0") && describes(sampler, "\"fromHz\":1000.0"));
  sampler.stop();
  options.adapt = false;
  auto kept = std::make_shared<Collector>();
  Sampler keeps(options, kept);
  CHECK(eventually([&] { return kept->has_event("\"kind\":\"guard_passed\""); }));
  CHECK(describes(keeps, "\"fastHz\":1000.0") && describes(keeps, "\"adapts\":false") && describes(keeps, "\"last\":{\"monoNs\""));
}
