#include "silence.h"

namespace fluidscope {

namespace {

const char* reason_of(Tier tier) {
  switch (tier) {
    case Tier::buffered: return "no value so far: the driver keeps no samples of it";
    case Tier::processes:
    case Tier::inventory: return "no value so far: no process uses this GPU, or none that may be seen from here";
    default: return "no value so far";
  }
}

}  // namespace

void tell_silence(Session& session, Gpu& gpu, const Desk& desk, const Reader& reader) {
  for (const Metric metric : reader.metrics) {
    if (!desk.has_any(metric)) session.set_silent(gpu, metric, reason_of(reader.tier));
  }
}

}  // namespace fluidscope
