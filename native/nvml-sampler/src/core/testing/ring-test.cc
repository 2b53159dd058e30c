#include <thread>

#include "../log-histogram.h"
#include "../record-ring.h"
#include "check.h"

using namespace fluidscope;

TEST(ring_order, "a ring gives all records in order to another thread, or counts them") {
  RecordRing ring(6);
  constexpr uint64_t total = 200000;
  std::thread producer([&] {
    for (uint64_t at = 1; at <= total; ++at) ring.push({at, 0, 0, 0, static_cast<double>(at), 0, 0, at});
  });
  uint64_t last = 0, seen = 0;
  bool whole = true;
  while (seen + ring.overruns() < total) {
    seen += ring.drain([&](const SampleRecord* run, size_t count) {
      for (const SampleRecord* record = run; record != run + count; ++record) {
        whole = whole && record->before_ns > last && record->sensor_ns == record->before_ns;
        last = record->before_ns;
      }
    });
  }
  producer.join();
  CHECK(whole);
  CHECK(seen + ring.overruns() == total);
}

TEST(ring_full, "a full ring drops the newest and counts it") {
  RecordRing ring(4);
  for (uint64_t at = 0; at < 20; ++at) ring.push({at, 0, 0, 0, 0, 0, 0, 0});
  uint64_t last = 0;
  CHECK(ring.drain([&](const SampleRecord* run, size_t count) { last = run[count - 1].before_ns; }) == 16);
  CHECK(last == 15 && ring.overruns() == 4);
}

TEST(histogram, "a quantile is over by at most a quarter") {
  LogHistogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  for (uint64_t at = 1; at <= 1000; ++at) histogram.add(at * 1000);
  for (const double share : {0.01, 0.5, 0.99}) {
    const double exact = share * 1000000;
    const auto found = static_cast<double>(histogram.quantile(share));
    CHECK(found >= exact && found <= exact * 1.27);
  }
}
