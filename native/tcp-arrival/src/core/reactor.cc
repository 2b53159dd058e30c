#include "reactor.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>
#include <system_error>
#include <utility>

namespace fluidscope {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr int kReadsAtOnce = 4;
constexpr uint32_t kWaitingBytesEach = 256 * 1024;
constexpr size_t kWaitingBytesAll = 64 * 1024 * 1024;
constexpr int64_t kRestNs = 1'000'000;
constexpr int kLookedAt = 1024;
constexpr uint64_t kStopId = 0;

struct Counted {
  uint64_t received_bytes;
  uint32_t segments_count;
  bool is_known;
};

void set_option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

bool read_info(int fd, tcp_info& info, socklen_t& length) {
  info = {};
  length = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0;
}

/** Both counts from one moment: the kernel takes the socket's lock. The end of the stream counts as a byte there. */
Counted count_of(int fd) {
  tcp_info info;
  socklen_t length;
  const bool has = read_info(fd, info, length) && length >= offsetof(tcp_info, tcpi_data_segs_in) + sizeof info.tcpi_data_segs_in;
  const bool has_fin = info.tcpi_state == 8;  // TCP_CLOSE_WAIT
  return {info.tcpi_bytes_received - (has_fin && info.tcpi_bytes_received > 0 ? 1 : 0), info.tcpi_data_segs_in, has};
}

std::optional<int64_t> stamp_of(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec at;
    memcpy(&at, CMSG_DATA(each), sizeof at);
    return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
  }
  return std::nullopt;
}

ssize_t receive(int fd, std::vector<uint8_t>& into, std::optional<int64_t>& wall_ns) {
  iovec part{into.data(), into.size()};
  alignas(cmsghdr) char control[256];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t length;
  do length = recvmsg(fd, &message, MSG_DONTWAIT);
  while (length < 0 && errno == EINTR);
  if (length > 0) wall_ns = stamp_of(message);
  return length;
}

}  // namespace

Reactor::Reactor(std::shared_ptr<Waker> waker, std::unique_ptr<Clocks> clocks)
    : waker_(std::move(waker)), clocks_(std::move(clocks)), scratch_(kReadBytes) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || stop_event_ < 0) {
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    throw std::system_error(error, std::generic_category(), "epoll");
  }
  // The kernel begins to stamp packets some time after the first socket asks: this one asks for all that come.
  stamping_socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (stamping_socket_ >= 0) set_option(stamping_socket_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  epoll_event event{EPOLLIN, {.u64 = kStopId}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_event_, &event);
  wall_.observe(clocks_->pair());
  thread_ = std::thread([this] { run(); });
}

Reactor::~Reactor() {
  stop();
  ::close(epoll_);
  ::close(stop_event_);
  if (stamping_socket_ >= 0) ::close(stamping_socket_);
}

void Reactor::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const uint64_t one = 1;
  if (::write(stop_event_, &one, sizeof one) < 0) return;
  thread_.join();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [id, socket] : sockets_) ::close(socket.fd);
  sockets_.clear();
}

int64_t Reactor::connect(const sockaddr* address, socklen_t length) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  if (::connect(fd, address, length) != 0 && errno != EINPROGRESS) {
    const int error = errno;
    ::close(fd);
    return -error;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t id = ++last_id_;
  Socket& socket = sockets_[id];
  socket.fd = fd;
  socket.empty_ns = clocks_->mono_ns();
  socket.interest = EPOLLOUT;
  epoll_event event{EPOLLOUT, {.u64 = id}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return static_cast<int64_t>(id);
  const int error = errno;
  sockets_.erase(id);
  ::close(fd);
  return -error;
}

bool Reactor::write(uint64_t id, const uint8_t* bytes, size_t length) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return true;
  Socket& socket = found->second;
  size_t sent = 0;
  while (socket.unsent.empty() && socket.error == 0 && sent < length) {
    const ssize_t count = send(socket.fd, bytes + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) sent += static_cast<size_t>(count);
    else if (errno == EAGAIN) break;
    // The reading side finds the end, after what the peer sent before it.
    else if (errno != EINTR) socket.error = errno;
  }
  if (socket.error != 0 || sent == length) return true;
  socket.unsent.insert(socket.unsent.end(), bytes + sent, bytes + length);
  watch(id, socket);
  return false;
}

void Reactor::finish_writing(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  found->second.finishing = true;
  if (found->second.unsent.empty()) shutdown(found->second.fd, SHUT_WR);
}

void Reactor::set_reading(uint64_t id, bool reads) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  found->second.reads = reads;
  watch(id, found->second);
}

void Reactor::close(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  ::close(found->second.fd);
  sockets_.erase(found);
}

std::optional<ConnectionInfo> Reactor::info(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  tcp_info info;
  socklen_t length;
  if (found == sockets_.end() || !read_info(found->second.fd, info, length)) return std::nullopt;
  int queued = 0;
  ioctl(found->second.fd, SIOCINQ, &queued);
  return ConnectionInfo{info.tcpi_rtt, info.tcpi_rttvar, info.tcpi_total_retrans, info.tcpi_lost, static_cast<uint32_t>(queued),
                        info.tcpi_notsent_bytes, info.tcpi_snd_wnd, info.tcpi_last_data_recv, info.tcpi_bytes_received};
}

Batch Reactor::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Batch taken = std::move(batch_);
  batch_ = {};
  awake_ = false;
  for (const Event& event : taken.events) {
    const auto found = sockets_.find(event.socket);
    if (found != sockets_.end()) found->second.waiting_bytes = 0;
  }
  for (const uint64_t id : std::exchange(throttled_, {})) {
    const auto found = sockets_.find(id);
    if (found == sockets_.end()) continue;
    found->second.throttled = false;
    watch(id, found->second);
  }
  return taken;
}

size_t Reactor::sockets_count() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sockets_.size();
}

void Reactor::run() {
  int timeout_ms = -1;
  while (!stopping_) {
    look(timeout_ms);
    bool is_woken;
    bool is_quiet;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_quiet = batch_.events.empty();
      is_woken = wake_if_due(clocks_->mono_ns());
    }
    if (is_woken) waker_->wake();
    // While the owner is busy what arrives is gathered for it, at the same pace (R2).
    timeout_ms = is_quiet ? -1 : 0;
    if (is_quiet) continue;
    const timespec rest{0, kRestNs};
    nanosleep(&rest, nullptr);
  }
}

bool Reactor::wake_if_due(int64_t now_ns) {
  if (batch_.events.empty() || awake_ || now_ns < next_wake_ns_) return false;
  awake_ = true;
  next_wake_ns_ = now_ns + kRestNs;
  return true;
}

void Reactor::look(int timeout_ms) {
  epoll_event ready[kLookedAt];
  const int64_t began_ns = clocks_->mono_ns();
  const int count = epoll_wait(epoll_, ready, kLookedAt, timeout_ms);
  this_look_ns_ = began_ns;
  for (int index = 0; index < count; ++index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    handle(ready[index].data.u64, ready[index].events);
  }
  // A look that was full may have left sockets out: it says nothing of those that it did not name.
  if (count >= 0 && count < kLookedAt) previous_look_ns_ = began_ns;
}

void Reactor::handle(uint64_t id, uint32_t ready) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  Socket& socket = found->second;
  const bool is_over = (ready & (EPOLLERR | EPOLLHUP)) != 0;
  if (socket.connecting) {
    if ((ready & EPOLLOUT) != 0 || is_over) finish_connecting(id, socket);
    return;
  }
  if ((ready & EPOLLOUT) != 0 && !socket.unsent.empty()) flush_unsent(id, socket);
  if (socket.ended && is_over) {
    // Both directions are over: the kernel would name it at every look.
    socket.watched = false;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket.fd, nullptr);
    if (socket.error != 0) add(id, EventKind::kClosed, static_cast<uint32_t>(socket.error));
  } else if ((ready & EPOLLIN) != 0 || is_over) {
    read(id, socket, is_over);
  }
}

void Reactor::finish_connecting(uint64_t id, Socket& socket) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return close_with(id, socket, error);
  socket.connecting = false;
  add(id, EventKind::kConnected);
  watch(id, socket);
}

void Reactor::read(uint64_t id, Socket& socket, bool to_the_end) {
  reads_.clear();
  bool is_drained = false;
  bool is_ended = false;
  int error = 0;
  int64_t before_ns = clocks_->mono_ns();
  for (int count = 0; !is_drained && (to_the_end || count < kReadsAtOnce); ++count) {
    before_ns = clocks_->mono_ns();
    std::optional<int64_t> wall_ns;
    const ssize_t length = receive(socket.fd, scratch_, wall_ns);
    is_ended = length == 0;
    error = length < 0 && errno != EAGAIN ? errno : 0;
    // On the way to the end only the end stops: it is not known from a short read.
    is_drained = length <= 0 || (!to_the_end && static_cast<size_t>(length) < kReadBytes);
    if (length <= 0) break;
    reads_.push_back({batch_.events.size(), wall_ns});
    add(id, EventKind::kUserData, static_cast<uint32_t>(length));
    batch_.bytes.insert(batch_.bytes.end(), scratch_.begin(), scratch_.begin() + length);
    socket.received_bytes += static_cast<uint64_t>(length);
    socket.waiting_bytes += static_cast<uint32_t>(length);
  }
  stamp(socket, reads_, is_drained, before_ns);
  if (error != 0) return close_with(id, socket, error);
  if (is_ended && socket.error != 0) return close_with(id, socket, socket.error);
  if (is_ended && !socket.ended) {
    socket.ended = true;
    add(id, EventKind::kEnd);
  }
  if (socket.waiting_bytes >= kWaitingBytesEach || batch_.bytes.size() >= kWaitingBytesAll) {
    socket.throttled = true;
    throttled_.push_back(id);
  }
  watch(id, socket);
}

/** R3, R4. */
void Reactor::stamp(Socket& socket, const std::vector<Read>& reads, bool is_drained, int64_t before_last_ns) {
  const ClockPair pair = clocks_->pair();
  wall_.observe(pair);
  const Counted counted = count_of(socket.fd);
  const int64_t now_ns = pair.mono_before_ns;
  const bool is_empty = counted.is_known && counted.received_bytes == socket.received_bytes;
  const bool is_one_each = is_empty && counted.segments_count - socket.segments_count == reads.size();
  const bool was_seen_empty = socket.armed_ns != 0 && previous_look_ns_ >= socket.armed_ns;
  const int64_t empty_ns = std::max(socket.empty_ns, was_seen_empty ? previous_look_ns_ : 0);
  for (const Read& each : reads) {
    Event& event = batch_.events[each.event_index];
    const auto span = each.wall_ns ? wall_.to_mono(clocks_->stamp_ns(*each.wall_ns), {empty_ns, pair.mono_after_ns}) : std::nullopt;
    event.kind = span ? EventKind::kKernelData : EventKind::kUserData;
    // A stream's stamps never run backwards; what that adds is within the bound.
    event.arrival_ns = std::max(span ? span->latest_ns : pair.mono_after_ns, socket.last_arrival_ns);
    const int64_t earliest_ns = span && is_one_each ? span->earliest_ns : empty_ns;
    event.error_ns = event.arrival_ns - std::min(earliest_ns, event.arrival_ns);
    socket.last_arrival_ns = event.arrival_ns;
  }
  if (is_empty) {
    socket.segments_count = counted.segments_count;
    socket.empty_ns = now_ns;
  } else if (is_drained) {
    socket.empty_ns = before_last_ns;
  } else {
    socket.armed_ns = 0;
  }
}

void Reactor::flush_unsent(uint64_t id, Socket& socket) {
  size_t sent = 0;
  while (sent < socket.unsent.size()) {
    const ssize_t count = send(socket.fd, socket.unsent.data() + sent, socket.unsent.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) sent += static_cast<size_t>(count);
    else if (errno == EAGAIN) break;
    else if (errno != EINTR) {
      socket.error = errno;
      sent = socket.unsent.size();
    }
  }
  socket.unsent.erase(socket.unsent.begin(), socket.unsent.begin() + static_cast<ptrdiff_t>(sent));
  if (!socket.unsent.empty()) return;
  add(id, EventKind::kDrained);
  if (socket.finishing) shutdown(socket.fd, SHUT_WR);
  watch(id, socket);
}

void Reactor::close_with(uint64_t id, Socket& socket, int error) {
  add(id, EventKind::kClosed, static_cast<uint32_t>(error));
  ::close(socket.fd);
  sockets_.erase(id);
}

void Reactor::watch(uint64_t id, Socket& socket) {
  if (socket.connecting || !socket.watched) return;
  const bool reads = socket.reads && !socket.throttled && !socket.ended;
  const uint32_t interest = (reads ? EPOLLIN : 0u) | (socket.unsent.empty() ? 0u : EPOLLOUT);
  if (!reads) socket.armed_ns = 0;
  if (interest != socket.interest) {
    epoll_event event{interest, {.u64 = id}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, socket.fd, &event);
    socket.interest = interest;
  }
  if (reads && socket.armed_ns == 0) socket.armed_ns = clocks_->mono_ns();
}

void Reactor::add(uint64_t id, EventKind kind, uint32_t value) { batch_.events.push_back({id, kind, value, 0, 0}); }

}  // namespace fluidscope
