#pragma once
#include "session.h"

namespace fluidscope {

/** What was measured of each metric of a desk, as JSON objects with commas between. A value that never changed has an unknown refresh, not a fast one. */
std::string measured_json(const Desk& desk);

}  // namespace fluidscope
