#pragma once
/** What the state file says of one NVLink, for the functions of links and for field values. */
#include "call.h"

namespace fluidscope::nvml_sim {

/** The order of a link's slots. */
enum class LinkError : uint32_t { crc, replay, recovery };

inline bool is_link_up(uint32_t gpu, uint32_t link) { return (world().read(world().gpu(gpu).nvlink_down_mask) >> link & 1) == 0; }

inline Return read_link_errors(uint32_t gpu, uint32_t link, LinkError kind, uint64_t& count) {
  return read_count(gpu, link_slot + 3 * link + static_cast<uint32_t>(kind), count);
}

/** KiB sent or received by one link: its own slot, or where that is not published an equal share of the GPU's. */
inline Return read_link_traffic(uint32_t gpu, uint32_t link, bool is_received, uint64_t& kib) {
  const Return code = read_count(gpu, link_traffic_slot + 2 * link + (is_received ? 1 : 0), kib);
  if (code != answer::not_supported) return code;
  const Return whole = read_count(gpu, is_received ? 19 : 18, kib);
  if (whole == 0) kib /= world().gpu(gpu).nvlink_count;
  return whole;
}

}  // namespace fluidscope::nvml_sim
