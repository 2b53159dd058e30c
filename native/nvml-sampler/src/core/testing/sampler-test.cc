#include "sampler-under-test.h"

using namespace fluidscope;

TEST(streams, "samples all GPUs, marks repeats, says once what is absent") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 20 && sink->count(1, Metric::energy_mj) > 2; }));
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"fan_speed_pct\",\"reason\":\"not supported by this GPU\""); }));
  CHECK(describes(sampler, "\"metric\":\"temperature_gpu_celsius\",\"reason\":\"this library has no such function\""));
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

TEST(stuck_open, "a GPU that hangs while it is opened is stalled, the others stream, and it is opened when it comes back") {
  auto sink = std::make_shared<Collector>();
  {
    const With hangs("stuck_open", 0, -1);
    Sampler sampler(quick_options(), sink);
    CHECK(eventually([&] { return sink->count(1, Metric::sm_clock_mhz) > 5; }));
    CHECK(describes(sampler, "{\"state\":\"ready\"") && describes(sampler, "\"state\":\"stalled\"") && sink->count(0, Metric::sm_clock_mhz) == 0);
    fake_set("stuck_open", -1);
    CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
    fake_set("stuck_open", 1);
  }
  const With hangs("stuck_open", 0, -1);
  Sampler stopped(quick_options(), std::make_shared<Collector>());
  CHECK(eventually([&] { return describes(stopped, "\"state\":\"stalled\""); }));
  stopped.stop();
  fake_set("stuck_open", -1);
  sleep_until_ns(monotonic_ns() + 100000000);
}

TEST(overruns, "records that a busy reader leaves no room for are counted") {
  auto sink = std::make_shared<Collector>();
  Options options = quick_options();
  options.ring_log2 = 4;
  sink->ready = false;
  Sampler sampler(options, sink);
  CHECK(eventually([&] { return describes(sampler, "\"state\":\"ready\""); }));
  sleep_until_ns(monotonic_ns() + 200000000);
  sink->ready = true;
  CHECK(eventually([&] { return sink->overruns() > 0; }));
}

TEST(driver_hangs, "a stalled GPU while the driver goes does not keep stop() waiting") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 5; }));
  const With hangs("stuck", 1, -1);
  CHECK(eventually([&] { return sink->has_event("\"state\":\"stalled\""); }));
  fake_set("refuse_all", 1);
  CHECK(eventually([&] { return describes(sampler, "start this process anew"); }));
  sampler.stop();
  fake_set("refuse_all", 0);
  fake_set("stuck", -1);
  sleep_until_ns(monotonic_ns() + 300000000);
}
