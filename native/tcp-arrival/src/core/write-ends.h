#pragma once
#include <cstddef>
#include <cstdint>

namespace fluidscope {

/**
 * Where the sender's write that `bytes` begin with is likely to have ended: at the end of a TLS record, or of what an empty line ends (a head, an
 * event, each with the ending of an HTTP chunk); else with the bytes. A guess: it decides where reads are cut, never what a stamp is worth.
 */
inline size_t likely_write_end(const uint8_t* bytes, size_t length) {
  constexpr size_t kRecordHeadBytes = 5;
  constexpr uint8_t kFirstRecordType = 20;
  constexpr uint8_t kLastRecordType = 23;
  if (length > kRecordHeadBytes && bytes[0] >= kFirstRecordType && bytes[0] <= kLastRecordType && bytes[1] == 3) {
    const size_t end = kRecordHeadBytes + (static_cast<size_t>(bytes[3]) << 8) + bytes[4];
    return end < length ? end : length;
  }
  size_t line_feeds_count = 0;
  for (size_t at = 0; at < length; ++at) {
    if (bytes[at] == '\n') ++line_feeds_count;
    else if (bytes[at] != '\r' && line_feeds_count >= 2) return at;
    else if (bytes[at] != '\r') line_feeds_count = 0;
  }
  return length;
}

}  // namespace fluidscope
