// Reading a socket, and what its stamps are worth (R3, R4, R7).
#include <errno.h>

#include <algorithm>

#include "reactor.h"
#include "write-ends.h"

namespace fluidscope {
namespace {

constexpr size_t kReadsAtOnce = 4;
/** Each costs a call to look at its stamp. What is more is read at once, within a bound that holds it all. */
constexpr size_t kReadsApart = 64;
constexpr uint32_t kWaitingBytesEach = 256 * 1024;
constexpr size_t kWaitingBytesAll = 64 * 1024 * 1024;

}  // namespace

void Reactor::read(uint64_t id, Socket& socket, bool to_the_end) {
  reading_.reads.clear();
  reading_.is_ended = false;
  reading_.error = 0;
  reading_.is_in_order = true;
  reading_.segments_count.reset();
  reading_.drained_ns.reset();
  const int64_t before_ns = clocks_->mono_ns();
  const auto arrived = to_the_end ? std::nullopt : arrived_at(socket.fd);
  if (!arrived) {
    read_uncounted(id, socket, to_the_end);
  } else {
    reading_.arrived_by_ns = clocks_->mono_ns();
    reading_.is_in_order = arrived->out_of_order_count == socket.out_of_order_count;
    if (arrived->bytes > socket.received_bytes) read_counted(id, socket, *arrived);
    else look_for_end(socket);
    if (arrived->bytes == socket.received_bytes) {
      reading_.drained_ns = before_ns;
      reading_.segments_count = arrived->segments_count - socket.segments_count;
    }
  }
  stamp(socket);
  if (reading_.segments_count) {
    if (!reading_.is_in_order) socket.out_of_order_ns = reading_.arrived_by_ns;
    socket.segments_count = arrived->segments_count;
    socket.out_of_order_count = arrived->out_of_order_count;
  }
  if (!reading_.reads.empty()) socket.sampled.heard(before_ns);
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

void Reactor::read_counted(uint64_t id, Socket& socket, const Arrived& arrived) {
  const uint64_t unread_bytes = arrived.bytes - socket.received_bytes;
  const bool are_several = arrived.segments_count - socket.segments_count > 1;
  if (are_several && reading_.is_in_order && unread_bytes <= scratch_.size()) read_apart(id, socket, unread_bytes);
  while (arrived.bytes > socket.received_bytes && reading_.reads.size() < kReadsApart + kReadsAtOnce) {
    const auto first_wall_ns = reading_.reads.empty() ? std::nullopt : next_stamp(socket);
    if (receive_some(id, socket, std::min<uint64_t>(arrived.bytes - socket.received_bytes, scratch_.size()), first_wall_ns) <= 0) return;
  }
}

void Reactor::read_apart(uint64_t id, Socket& socket, size_t bytes) {
  std::optional<int64_t> wall_ns;
  const ssize_t seen = receive(socket.fd, scratch_.data(), bytes, wall_ns, MSG_PEEK);
  if (seen <= 0) return;
  peeked_.assign(scratch_.begin(), scratch_.begin() + seen);
  for (size_t at = 0; at < peeked_.size() && reading_.reads.size() < kReadsApart;) {
    const size_t most_bytes = likely_write_end(peeked_.data() + at, peeked_.size() - at);
    const ssize_t length = receive_some(id, socket, most_bytes, next_stamp(socket));
    if (length <= 0) return;
    at += static_cast<size_t>(length);
  }
}

/** Of the segment that the next unread byte is of. */
std::optional<int64_t> Reactor::next_stamp(const Socket& socket) {
  std::optional<int64_t> wall_ns;
  receive(socket.fd, scratch_.data(), 1, wall_ns, MSG_PEEK);
  return wall_ns;
}

/** The way to the end of a connection that is over, and all reading on kernels that do not count. */
void Reactor::read_uncounted(uint64_t id, Socket& socket, bool to_the_end) {
  for (size_t count = 0; to_the_end || count < kReadsAtOnce; ++count) {
    const int64_t before_ns = clocks_->mono_ns();
    const ssize_t length = receive_some(id, socket, scratch_.size());
    // On the way to the end only the end stops: it is not known from a short read.
    if (length > 0 && (to_the_end || static_cast<size_t>(length) == scratch_.size())) continue;
    reading_.drained_ns = before_ns;
    break;
  }
  reading_.arrived_by_ns = clocks_->mono_ns();
  const auto arrived = arrived_at(socket.fd);
  reading_.is_in_order = !arrived || arrived->out_of_order_count == socket.out_of_order_count;
}

/** Bytes that came since the count are left for the next look, which counts them. */
void Reactor::look_for_end(const Socket& socket) {
  std::optional<int64_t> wall_ns;
  const ssize_t length = receive(socket.fd, scratch_.data(), 1, wall_ns, MSG_PEEK);
  reading_.is_ended = length == 0;
  reading_.error = length < 0 && errno != EAGAIN ? errno : 0;
}

ssize_t Reactor::receive_some(uint64_t id, Socket& socket, size_t most_bytes, std::optional<int64_t> first_wall_ns) {
  std::optional<int64_t> wall_ns;
  const ssize_t length = receive(socket.fd, scratch_.data(), most_bytes, wall_ns);
  reading_.is_ended = length == 0;
  reading_.error = length < 0 && errno != EAGAIN ? errno : 0;
  if (length <= 0) return length;
  reading_.reads.push_back({batch_.events.size(), first_wall_ns ? first_wall_ns : wall_ns, wall_ns});
  add(id, EventKind::kUserData, static_cast<uint32_t>(length));
  batch_.bytes.insert(batch_.bytes.end(), scratch_.begin(), scratch_.begin() + length);
  socket.received_bytes += static_cast<uint64_t>(length);
  socket.waiting_bytes += static_cast<uint32_t>(length);
  return length;
}

/** Whether each stamp that was seen is that of one segment (R3). */
bool Reactor::is_each_alone(const Socket& socket) const {
  if (reading_.segments_count == 1u) return true;
  if (!reading_.segments_count || !reading_.is_in_order || socket.out_of_order_count > 0) return false;
  uint32_t stamps_count = 0;
  std::optional<int64_t> last_wall_ns;
  for (const Read& each : reading_.reads) {
    for (const auto& wall_ns : {each.first_wall_ns, each.wall_ns}) {
      if (!wall_ns) return false;
      if (wall_ns != last_wall_ns) ++stamps_count;
      last_wall_ns = wall_ns;
    }
  }
  return stamps_count == *reading_.segments_count;
}

void Reactor::stamp(Socket& socket) {
  const ClockPair pair = clocks_->pair();
  wall_.observe(pair);
  const bool was_seen_empty = socket.armed_ns != 0 && previous_look_ns_ >= socket.armed_ns;
  const int64_t empty_ns = std::max(socket.empty_ns, was_seen_empty ? previous_look_ns_ : 0) - kDeliveryNs;
  // A segment that was here before then came out of order, and was let through by one that came since (R7).
  const MonoSpan believed{std::max(empty_ns, socket.out_of_order_ns), reading_.arrived_by_ns};
  const bool is_each_alone_here = is_each_alone(socket);
  const auto span_of = [&](std::optional<int64_t> wall_ns) {
    return wall_ns && reading_.is_in_order ? wall_.to_mono(clocks_->stamp_ns(*wall_ns), believed) : std::nullopt;
  };
  std::optional<int64_t> segment_wall_ns;
  int64_t segment_from_ns = empty_ns;
  int64_t before_ns = empty_ns;
  const auto enter = [&](std::optional<int64_t> wall_ns) {
    const auto span = span_of(wall_ns);
    if (!span) {
      segment_from_ns = before_ns;
    } else if (wall_ns != segment_wall_ns) {
      segment_from_ns = is_each_alone_here ? span->earliest_ns : before_ns;
      before_ns = std::max(before_ns, span->earliest_ns);
    }
    segment_wall_ns = wall_ns;
    return span;
  };
  for (const Read& each : reading_.reads) {
    Event& event = batch_.events[each.event_index];
    enter(each.first_wall_ns);
    const int64_t earliest_ns = segment_from_ns;
    const auto span = enter(each.wall_ns);
    event.kind = span ? EventKind::kKernelData : EventKind::kUserData;
    // A stream's stamps never run backwards; what that adds is within the bound.
    event.arrival_ns = std::max(span ? span->latest_ns : pair.mono_after_ns, socket.last_arrival_ns);
    event.error_ns = event.arrival_ns - std::min(span ? earliest_ns : empty_ns, event.arrival_ns);
    socket.last_arrival_ns = event.arrival_ns;
  }
  if (reading_.drained_ns) socket.empty_ns = *reading_.drained_ns;
  else socket.armed_ns = 0;
}

}  // namespace fluidscope
