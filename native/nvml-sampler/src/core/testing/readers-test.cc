#include "sampler-under-test.h"

using namespace fluidscope;

TEST(slow_metrics, "links, processes, ECC, remapped rows and the driver's own samples") {
  const With links("nvlinks", 4, 0);
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  const auto value = [&](Metric metric, uint32_t sub_id = 0) { return sink->last(metric, sub_id).value; };
  CHECK(eventually([&] { return sink->has(Metric::remapped_rows_failed_count) && sink->has(Metric::process_sm_pct, 4242); }));
  CHECK(value(Metric::nvlink_crc_errors_count, 4) == 32 && value(Metric::nvlink_replay_errors_count, 1) == 0);
  CHECK(sink->has(Metric::nvlink_replay_errors_count, 1) && !sink->has(Metric::nvlink_replay_errors_count, 2) && !sink->has(Metric::nvlink_replay_errors_count, 5));
  CHECK(value(Metric::nvlink_tx_kib) == 4096);
  CHECK(value(Metric::ecc_corrected_count) == 11 && value(Metric::ecc_uncorrected_count) == 2);
  CHECK(value(Metric::remapped_rows_uncorrected_count) == 2 && value(Metric::remapped_rows_pending_count) == 1);
  CHECK(value(Metric::process_sm_pct, 4242) == 61 && value(Metric::process_decoder_pct, 4242) == 4);
  CHECK(value(Metric::process_count) == 3 && value(Metric::process_memory_used_bytes, 102) == 3000);
  CHECK(!sink->has(Metric::process_memory_used_bytes, 101));
  const SampleRecord buffered = sink->last(Metric::power_buffered_mw);
  const uint64_t now = monotonic_ns();
  CHECK(buffered.value == 123 && buffered.flags == (flag_fresh | flag_buffered) && buffered.call_ns == 0);
  CHECK(buffered.before_ns == buffered.sensor_ns && now > buffered.sensor_ns && now - buffered.sensor_ns < patience_ns);
  CHECK(!sink->has(Metric::utilization_memory_buffered_pct));
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"gpm_sm_pct\",\"reason\":\"this GPU has no GPM"); }));
}

TEST(no_links, "a GPU without NVLink has no such sensor, and is not broken") {
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"nvlink_crc_errors_count\",\"reason\":\"not supported by this GPU\""); }));
  CHECK(!sink->has_event("read_failed"));
}

TEST(stride, "early 535 drivers write process elements of 32 bytes") {
  const With driver("driver", 535, 570);
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->has(Metric::process_memory_used_bytes, 102); }));
  CHECK(sink->last(Metric::process_memory_used_bytes, 100).value == 1000 && sink->last(Metric::process_memory_used_bytes, 102).value == 3000);
}

TEST(gpm, "GPM gives means with both ends, at least 100 ms apart; what it cannot know is absent") {
  const With gpm("gpm", 1, 0);
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->count(0, Metric::gpm_tensor_pct) > 3; }));
  const SampleRecord tensor = sink->last(Metric::gpm_tensor_pct);
  CHECK(tensor.value == 5 && tensor.flags == (flag_fresh | flag_window) && tensor.before_ns - tensor.sensor_ns >= 100000000);
  CHECK(!sink->has(Metric::gpm_nvlink_rx_mib_per_s) && !sink->has(Metric::gpm_nvlink_tx_mib_per_s));
}

TEST(mig, "MIG instances have memory and GPM of their own, also where the whole GPU has no GPM") {
  const With gpm("gpm", 1, 0);
  const With mig("mig", 1, 0);
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return sink->has(Metric::gpm_dram_pct, 10) && sink->has(Metric::memory_used_bytes, 10); }));
  CHECK(sink->last(Metric::memory_used_bytes, 10).value == 6 && sink->last(Metric::memory_used_bytes).value == 30);
  CHECK(!sink->has(Metric::gpm_dram_pct));
  CHECK(describes(sampler, "\"migInstanceIds\":[9]") && !describes(sampler, "{\"metric\":\"gpm_dram_pct\",\"reason\""));
}

TEST(thermal_ids, "thermal throttle times come from the ids of the driver, when they behave as times") {
  const struct { int driver, id, step; bool expected; } cases[] = {
      {570, 251, 1000, false}, {575, 251, 1000, true}, {580, 251, 1000, true},        {580, 269, 1000, true},
      {595, 269, 1000, true},  {595, 251, 1000, false}, {595, 269, 2000000000, false},
  };
  for (const auto& each : cases) {
    const With driver("driver", each.driver, 570), id("thermal_id", each.id, 0), step("thermal_step", each.step, 0);
    auto sink = std::make_shared<Collector>();
    Sampler sampler(quick_options(), sink);
    CHECK(eventually([&] { return sink->count(0, Metric::energy_mj) > 4; }));
    // With its reason: what was measured of the metric stands in the description too, once the calibration is over.
    const bool absent = describes(sampler, "\"metric\":\"throttle_thermal_sw_ns\",\"reason\"");
    CHECK(absent != each.expected);
    if (each.expected) CHECK(sink->last(Metric::throttle_power_brake_ns).value == 6);
  }
}

TEST(answers, "a deprecated call is like one that is not supported; one that times out may pass") {
  const With deprecated("clock_answer", 26, 0);
  auto sink = std::make_shared<Collector>();
  Sampler sampler(quick_options(), sink);
  CHECK(eventually([&] { return describes(sampler, "\"metric\":\"memory_clock_mhz\",\"reason\":\"not supported by this GPU\""); }));
  CHECK(eventually([&] { return sink->count(0, Metric::sm_clock_mhz) > 20; }));
  CHECK(!describes(sampler, "\"metric\":\"power_average_mw\",\"reason\":\"field"));
}
