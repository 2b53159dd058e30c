// The thread's side but for reading: when it looks, when it wakes the owner, how sockets begin and end.
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "reactor.h"
#include "socket-calls.h"

namespace fluidscope {
namespace {

constexpr int64_t kRestNs = 1'000'000;
constexpr int kLookedAt = 1024;

}  // namespace

void Reactor::run() {
  // For whoever looks who takes the CPU (`top -H`).
  pthread_setname_np(pthread_self(), "tcp-arrival");
  int timeout_ms = -1;
  while (!stopping_) {
    look(timeout_ms);
    bool is_woken;
    bool is_quiet;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sample_due();
      is_quiet = batch_.events.empty();
      const int64_t now_ns = clocks_->mono_ns();
      is_woken = wake_if_due(now_ns);
      if (!is_quiet) active_until_ns_ = now_ns + kActiveNs;
      // While the owner is busy what arrives is gathered for it, at the same pace (R2).
      timeout_ms = is_quiet ? quiet_timeout_ms(now_ns) : 0;
    }
    if (is_woken) waker_->wake();
    if (is_quiet) continue;
    const timespec rest{0, kRestNs};
    nanosleep(&rest, nullptr);
  }
}

int Reactor::quiet_timeout_ms(int64_t now_ns) {
  if (sockets_.empty()) return -1;
  if (now_ns < active_until_ns_) return 1;
  if (!sampler_.is_on()) return -1;
  const int64_t left_ns = std::max<int64_t>(sampler_.next_ns() - now_ns, 0);
  return static_cast<int>((left_ns + 999'999) / 1'000'000);
}

bool Reactor::wake_if_due(int64_t now_ns) {
  if (batch_.events.empty() || awake_ || now_ns < next_wake_ns_) return false;
  awake_ = true;
  next_wake_ns_ = now_ns + kRestNs;
  return true;
}

void Reactor::interrupt() {
  const uint64_t one = 1;
  // It fails only when the count is full, and then the thread is called already.
  [[maybe_unused]] const ssize_t written = ::write(interrupt_event_, &one, sizeof one);
}

void Reactor::look(int timeout_ms) {
  epoll_event ready[kLookedAt];
  const int64_t began_ns = clocks_->mono_ns();
  const int count = epoll_wait(epoll_, ready, kLookedAt, timeout_ms);
  for (int index = 0; index < count; ++index) {
    const uint64_t id = ready[index].data.u64;
    if (id == 0) {
      uint64_t calls;
      [[maybe_unused]] const ssize_t read = ::read(interrupt_event_, &calls, sizeof calls);
      continue;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    handle(id, ready[index].events);
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
  socket.sampled.heard(clocks_->mono_ns());
  socket.sampled.sampled_ns = socket.sampled.heard_ns;
  add(id, EventKind::kConnected);
  watch(id, socket);
}

void Reactor::flush_unsent(uint64_t id, Socket& socket) {
  const size_t sent = send_some(socket.fd, socket.unsent.data(), socket.unsent.size(), socket.error);
  if (socket.error != 0) socket.unsent.clear();
  else socket.unsent.erase(socket.unsent.begin(), socket.unsent.begin() + static_cast<ptrdiff_t>(sent));
  if (!socket.unsent.empty()) return;
  add(id, EventKind::kDrained);
  if (socket.finishing) shutdown(socket.fd, SHUT_WR);
  watch(id, socket);
}

void Reactor::close_with(uint64_t id, Socket& socket, int error) {
  add(id, EventKind::kClosed, static_cast<uint32_t>(error));
  sample(id, socket, SampleCause::kClose);
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

void Reactor::sample_due() {
  if (!sampler_.is_on()) return;
  const int64_t now_ns = clocks_->mono_ns();
  if (sampler_.scan_is_due(now_ns)) sampler_.scan(sockets_, now_ns);
  for (size_t count = 0; count < ConnectionSampler::kSliceCount; ++count) {
    const auto id = sampler_.next_due();
    if (!id) return;
    const auto found = sockets_.find(*id);
    if (found == sockets_.end()) continue;
    if (const auto cause = sampler_.cause_for(found->second.sampled, now_ns)) sample(*id, found->second, *cause);
  }
}

void Reactor::sample(uint64_t id, Socket& socket, SampleCause cause) {
  if (!sampler_.is_on() || socket.connecting) return;
  if (const auto info = connection_info(socket.fd)) sampler_.keep(socket.sampled, {id, clocks_->mono_ns(), cause, *info});
}

}  // namespace fluidscope
