#pragma once
#include "context.h"

namespace fluidscope {

struct Field {
  uint32_t id;
  Metric metric;
  bool counter;
  uint32_t scope = 0;
  bool absent = false;
  /** Throttle time whose field id may mean something else on this driver: it must grow, and no faster than time. */
  bool must_be_time = false;
  double last = -1;
  uint64_t last_ns = 0;
};

/** Many fields in one call: the call can succeed while entries fail, so each is checked. */
void add_fields(Session& session, Gpu& gpu, Tier tier, std::vector<Field> fields);

}  // namespace fluidscope
