#pragma once
#include <cstdint>
#include <optional>

namespace fluidscope {

/** What the kernel knows of one connection now. */
struct ConnectionInfo {
  uint32_t rtt_us;
  uint32_t rtt_variation_us;
  uint32_t retransmits_count;
  uint32_t lost_count;
  uint32_t unacked_count;
  uint32_t out_of_order_count;
  uint32_t receive_queue_bytes;
  uint32_t unsent_bytes;
  uint32_t peer_window_bytes;
  /** What this end lets the peer send; none before Linux 6.2. */
  std::optional<uint32_t> receive_window_bytes;
  uint64_t received_bytes;
  uint32_t since_data_ms;
  /** The peer sends no more, or the connection is gone, whether or not that was read yet. */
  bool peer_ended = false;
};

enum class SampleCause : uint8_t { kInterval = 0, kSilence = 1, kClose = 2 };

struct ConnectionSample {
  uint64_t socket;
  int64_t mono_ns;
  SampleCause cause;
  ConnectionInfo info;
};

}  // namespace fluidscope
