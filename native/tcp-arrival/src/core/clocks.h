#pragma once
#include <time.h>

#include <cstdint>

#include "wall-clock-map.h"

namespace fluidscope {

/** The clocks of the machine; the tests step the wall clock in their place. */
class Clocks {
 public:
  virtual ~Clocks() = default;
  virtual int64_t mono_ns() { return read(CLOCK_MONOTONIC); }
  virtual int64_t wall_ns() { return read(CLOCK_REALTIME); }
  /** What the kernel's stamps are taken with, given one that it took. */
  virtual int64_t stamp_ns(int64_t kernel_wall_ns) { return kernel_wall_ns; }

  ClockPair pair() {
    const int64_t before = mono_ns();
    const int64_t wall = wall_ns();
    return {before, wall, mono_ns()};
  }

 private:
  static int64_t read(clockid_t clock) {
    timespec at{};
    clock_gettime(clock, &at);
    return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
  }
};

}  // namespace fluidscope
