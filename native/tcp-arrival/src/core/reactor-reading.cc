// Reading a socket, and what its stamps are worth (R3, R4, R7).
#include <errno.h>

#include <algorithm>

#include "reactor.h"
#include "socket-calls.h"

namespace fluidscope {
namespace {

constexpr int kReadsAtOnce = 4;
constexpr uint32_t kWaitingBytesEach = 256 * 1024;
constexpr size_t kWaitingBytesAll = 64 * 1024 * 1024;

}  // namespace

void Reactor::read(uint64_t id, Socket& socket, bool to_the_end) {
  receive_all(id, socket, to_the_end);
  stamp(socket);
  const int error = reading_.error != 0 ? reading_.error : reading_.is_ended ? socket.error : 0;
  if (error != 0) return close_with(id, socket, error);
  if (reading_.is_ended && !socket.ended) {
    socket.ended = true;
    add(id, EventKind::kEnd);
  }
  if (socket.waiting_bytes >= kWaitingBytesEach || batch_.bytes.size() >= kWaitingBytesAll) {
    socket.throttled = true;
    throttled_.push_back(id);
  }
  watch(id, socket);
}

void Reactor::receive_all(uint64_t id, Socket& socket, bool to_the_end) {
  reading_.reads.clear();
  reading_.is_drained = reading_.is_ended = reading_.has_cut = false;
  reading_.error = 0;
  for (int count = 0; !reading_.is_drained && (to_the_end || count < kReadsAtOnce); ++count) {
    reading_.before_last_ns = clocks_->mono_ns();
    std::optional<int64_t> wall_ns;
    const ssize_t length = receive(socket.fd, scratch_, wall_ns);
    reading_.is_ended = length == 0;
    reading_.error = length < 0 && errno != EAGAIN ? errno : 0;
    const bool is_full = length > 0 && static_cast<size_t>(length) == scratch_.size();
    // On the way to the end only the end stops: it is not known from a short read.
    reading_.is_drained = length <= 0 || (!to_the_end && !is_full);
    reading_.has_cut = reading_.has_cut || is_full;
    if (length <= 0) return;
    reading_.reads.push_back({batch_.events.size(), wall_ns});
    add(id, EventKind::kUserData, static_cast<uint32_t>(length));
    batch_.bytes.insert(batch_.bytes.end(), scratch_.begin(), scratch_.begin() + length);
    socket.received_bytes += static_cast<uint64_t>(length);
    socket.waiting_bytes += static_cast<uint32_t>(length);
    socket.sampled.heard(reading_.before_last_ns);
  }
}

void Reactor::stamp(Socket& socket) {
  const ClockPair pair = clocks_->pair();
  wall_.observe(pair);
  const auto arrived = arrived_at(socket.fd);
  const bool is_empty = arrived && arrived->bytes == socket.received_bytes;
  const bool is_one_each = is_empty && !reading_.has_cut && arrived->segments_count - socket.segments_count == reading_.reads.size();
  const bool is_in_order = !arrived || arrived->out_of_order_count == socket.out_of_order_count;
  const bool was_seen_empty = socket.armed_ns != 0 && previous_look_ns_ >= socket.armed_ns;
  const int64_t empty_ns = std::max(socket.empty_ns, was_seen_empty ? previous_look_ns_ : 0);
  // A segment that was here before then came out of order, and was let through by one that came since (R7).
  const int64_t believed_from_ns = std::max(empty_ns, socket.out_of_order_ns);
  for (const Read& each : reading_.reads) {
    Event& event = batch_.events[each.event_index];
    const auto span = each.wall_ns && is_in_order
                          ? wall_.to_mono(clocks_->stamp_ns(*each.wall_ns), {believed_from_ns, pair.mono_after_ns})
                          : std::nullopt;
    event.kind = span ? EventKind::kKernelData : EventKind::kUserData;
    // A stream's stamps never run backwards; what that adds is within the bound.
    event.arrival_ns = std::max(span ? span->latest_ns : pair.mono_after_ns, socket.last_arrival_ns);
    const int64_t earliest_ns = span && is_one_each ? span->earliest_ns : empty_ns;
    event.error_ns = event.arrival_ns - std::min(earliest_ns, event.arrival_ns);
    socket.last_arrival_ns = event.arrival_ns;
  }
  if (is_empty) {
    if (!is_in_order) socket.out_of_order_ns = clocks_->mono_ns();
    socket.segments_count = arrived->segments_count;
    socket.out_of_order_count = arrived->out_of_order_count;
    socket.empty_ns = pair.mono_before_ns;
  } else if (reading_.is_drained) {
    socket.empty_ns = reading_.before_last_ns;
  } else {
    socket.armed_ns = 0;
  }
}

}  // namespace fluidscope
