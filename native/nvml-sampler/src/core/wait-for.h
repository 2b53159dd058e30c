#pragma once
#include "session.h"

namespace fluidscope {

constexpr uint64_t stop_patience_ns = 500000000;

/** Whether the flag was set in time: for threads that may hang in the driver and so cannot simply be joined. */
inline bool wait_for(const std::atomic<bool>& flag, uint64_t patience_ns) {
  const uint64_t until = monotonic_ns() + patience_ns;
  while (!flag.load(std::memory_order_acquire) && monotonic_ns() < until) sleep_until_ns(monotonic_ns() + 1000000);
  return flag.load(std::memory_order_acquire);
}

}  // namespace fluidscope
