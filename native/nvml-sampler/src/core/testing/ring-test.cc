#include <thread>
#include <tuple>

#include "../log-histogram.h"
#include "../record-ring.h"
#include "../series-order.h"
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

TEST(series_order, "a flush is put by GPU, metric and sub_id, and keeps the order within a series") {
  SeriesOrder order;
  for (const size_t count : {size_t{0}, size_t{1}, size_t{5000}}) {
    std::vector<SampleRecord> records;
    uint64_t random = 1;
    for (uint64_t at = 0; at < count; ++at) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      records.push_back({at, 0, static_cast<uint16_t>(random >> 61), static_cast<uint16_t>(1 + (random >> 50) % 90), 0, 0, static_cast<uint32_t>((random >> 40) % 3 * 70000), 0});
    }
    order.sort(records);
    CHECK(records.size() == count);
    bool in_order = true;
    for (size_t at = 1; at < records.size(); ++at) {
      const SampleRecord &a = records[at - 1], &b = records[at];
      in_order = in_order && std::tie(a.gpu_index, a.metric_id, a.sub_id, a.before_ns) < std::tie(b.gpu_index, b.metric_id, b.sub_id, b.before_ns);
    }
    CHECK(in_order);
  }
}

template <unsigned bits>
void check_quantiles(double most) {
  OctaveHistogram<bits> histogram;
  CHECK(histogram.quantile(0.5) == 0);
  for (uint64_t at = 1; at <= 1000; ++at) histogram.add(at * 1000);
  for (const double share : {0.01, 0.5, 0.99}) {
    const double exact = share * 1000000;
    const auto found = static_cast<double>(histogram.quantile(share));
    CHECK(found >= exact && found <= exact * most);
  }
  histogram.clear();
  histogram.add(UINT64_MAX);
  CHECK(histogram.quantile(1) == UINT64_MAX);
}

TEST(histogram, "a quantile is over by at most a quarter, or by a thirtieth where it is fine") {
  check_quantiles<2>(1.27);
  check_quantiles<5>(1.04);
}
