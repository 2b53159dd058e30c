#include "../context.h"
#include "check.h"

using namespace fluidscope;

TEST(counters, "a counter stays exact above 2^53 and every decrease starts an epoch") {
  Session session{Options{}};
  Worker worker(LaneKind::quick, 6);
  Context context(session, worker);
  Gpu gpu;
  context.gpu = &gpu;
  context.desk = &gpu.desks[0];
  constexpr uint64_t high = uint64_t{1} << 60;
  for (const uint64_t value : {high + 1, high + 6, uint64_t{10}, uint64_t{12}, high + 20}) context.emit_counter(Metric::energy_mj, value);
  std::vector<SampleRecord> records;
  worker.ring.drain([&](const SampleRecord* run, size_t count) { records.insert(records.end(), run, run + count); });
  CHECK(records.size() == 5 && records[0].value == 0 && records[1].value == 5);
  CHECK(records[2].value == 10 && (records[2].flags & flag_new_epoch) != 0);
  CHECK(records[3].value == 12 && (records[3].flags & flag_new_epoch) == 0);
}
