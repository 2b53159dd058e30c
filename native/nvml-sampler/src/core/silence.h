#pragma once
#include "session.h"

namespace fluidscope {

/** So many reads that succeeded and still gave no value make a metric silent. GPM needs two for its first mean; the inventory comes every 10 s. */
constexpr uint8_t reads_before_silence(Tier tier) { return tier == Tier::inventory ? 1 : 3; }

/** Notes which of a reader's metrics no value came of, and the likely reason; the first value ends it. */
void tell_silence(Session& session, Gpu& gpu, const Desk& desk, const Reader& reader);

}  // namespace fluidscope
