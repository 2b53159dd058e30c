#pragma once
#include <cstdint>

namespace fluidscope {

// All times of this core are in nanoseconds.
constexpr uint64_t ns_per_us = 1000, ms = 1000 * ns_per_us, second = 1000 * ms;

}  // namespace fluidscope
