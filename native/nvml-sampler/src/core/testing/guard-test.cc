#include "../guard.h"
#include "check.h"

using namespace fluidscope;

namespace {
constexpr uint64_t ms = 1000000, dear_ns = 300000, cheap_ns = 10000;

int seconds_until_change(Guard& guard, uint64_t call_p99_ns) {
  for (int second = 1; second < 10000; ++second) {
    if (guard.judge(call_p99_ns, 0.001) == Guard::Verdict::changed) return second;
  }
  return -1;
}
}  // namespace

TEST(guard_steps, "the guard goes down in two steps, up again after calm, and waits longer each time") {
  Guard guard(ms, ms, true);
  CHECK(seconds_until_change(guard, dear_ns) == 3 && guard.period_ns() == 10 * ms);
  CHECK(seconds_until_change(guard, dear_ns) == 3 && guard.period_ns() == 50 * ms);
  CHECK(guard.judge(dear_ns, 0) == Guard::Verdict::keep && guard.judge(dear_ns, 0) == Guard::Verdict::keep);
  CHECK(guard.judge(dear_ns, 0) == Guard::Verdict::passed && seconds_until_change(guard, dear_ns) == -1);
  CHECK(seconds_until_change(guard, cheap_ns) == 40 && guard.period_ns() == 10 * ms);
  CHECK(seconds_until_change(guard, cheap_ns) == 40 && guard.period_ns() == ms);
  CHECK(seconds_until_change(guard, cheap_ns) == -1);
}

TEST(guard_hiccup, "a hiccup changes nothing; a busy loop does; told to keep, it says so once") {
  Guard guard(ms, ms, true);
  for (int second = 0; second < 99; ++second) CHECK(guard.judge(second % 3 == 0 ? cheap_ns : dear_ns, 0) == Guard::Verdict::keep);
  Guard busy(10 * ms, 10 * ms, true);
  CHECK(busy.judge(0, 0.05) == Guard::Verdict::keep && busy.judge(0, 0.05) == Guard::Verdict::keep);
  CHECK(busy.judge(0, 0.05) == Guard::Verdict::changed && busy.period_ns() == 50 * ms);
  Guard keeps(ms, ms, false);
  int said = 0;
  for (int second = 0; second < 99; ++second) said += keeps.judge(dear_ns, 0) == Guard::Verdict::passed ? 1 : 0;
  CHECK(said == 1 && keeps.period_ns() == ms);
}
