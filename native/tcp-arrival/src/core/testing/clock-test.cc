#include "../wall-clock-map.h"
#include "check.h"

using fluidscope::MonoSpan;
using fluidscope::WallClockMap;

namespace {
constexpr MonoSpan kAnyTime{0, 1'000'000'000};
constexpr int64_t kOffset = 5'000'000'000;
}  // namespace

TEST(narrows, "the tightest pair speaks for all") {
  WallClockMap map;
  map.observe({1'000, kOffset + 51'000, 101'000});
  map.observe({200'000, kOffset + 200'050, 200'100});
  const auto span = map.to_mono(kOffset + 150'000, kAnyTime);
  CHECK(span && span->earliest_ns <= 150'000 && span->latest_ns >= 150'000);
  CHECK(span && span->latest_ns - span->earliest_ns <= 2 * (50 + 1'000));
}

TEST(steps, "a stamp from before a step is read with the offset of its time") {
  for (const int64_t step : {-3'000'000'000LL, -400'000LL, 400'000LL, 3'600'000'000'000LL}) {
    WallClockMap map;
    map.observe({1'000'000, kOffset + 1'000'050, 1'000'100});
    map.observe({3'000'000, kOffset + step + 3'000'050, 3'000'100});
    const auto before = map.to_mono(kOffset + 1'500'000, {1'000'000, 3'000'000});
    CHECK(before && before->earliest_ns <= 1'500'000 && before->latest_ns >= 1'500'000);
    const auto after = map.to_mono(kOffset + step + 3'500'000, {3'000'100, 4'000'000});
    CHECK(after && after->earliest_ns <= 3'500'000 && after->latest_ns >= 3'500'000);
    CHECK(after && after->latest_ns - after->earliest_ns <= 2'200);
  }
}

TEST(foreign, "a stamp that no era can have given is none") {
  WallClockMap map;
  map.observe({1'000'000, kOffset + 1'000'050, 1'000'100});
  CHECK(!map.to_mono(kOffset + 9'000'000, {1'000'000, 2'000'000}));
}
