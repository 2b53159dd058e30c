// The owner's side: what may be called from its thread (R1).
#include "reactor.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "socket-calls.h"

namespace fluidscope {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

}  // namespace

Reactor::Reactor(std::shared_ptr<Waker> waker, std::unique_ptr<Clocks> clocks)
    : waker_(std::move(waker)), clocks_(std::move(clocks)), scratch_(kReadBytes) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  interrupt_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || interrupt_event_ < 0) {
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    throw std::system_error(error, std::generic_category(), "epoll");
  }
  // The kernel begins to stamp packets some time after the first socket asks: this one asks for all that come.
  stamping_socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (stamping_socket_ >= 0) set_option(stamping_socket_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  epoll_event event{EPOLLIN, {.u64 = 0}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, interrupt_event_, &event);
  wall_.observe(clocks_->pair());
  thread_ = std::thread([this] { run(); });
}

Reactor::~Reactor() {
  stop();
  ::close(epoll_);
  ::close(interrupt_event_);
  if (stamping_socket_ >= 0) ::close(stamping_socket_);
}

void Reactor::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  interrupt();
  thread_.join();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [id, socket] : sockets_) ::close(socket.fd);
  sockets_.clear();
}

int64_t Reactor::connect(const sockaddr* address, socklen_t length) {
  const int fd = begin_connecting(address, length);
  if (fd < 0) return fd;
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
  const int64_t now_ns = clocks_->mono_ns();
  // The thread may be asleep for long.
  if (now_ns >= active_until_ns_) interrupt();
  active_until_ns_ = now_ns + kActiveNs;
  // After a failure the reading side finds the end, after what the peer sent before it.
  if (socket.error != 0) return true;
  const size_t sent = socket.unsent.empty() ? send_some(socket.fd, bytes, length, socket.error) : 0;
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
  sample(id, found->second, SampleCause::kClose);
  ::close(found->second.fd);
  sockets_.erase(found);
}

std::optional<ConnectionInfo> Reactor::info(uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sockets_.find(id);
  return found == sockets_.end() ? std::nullopt : connection_info(found->second.fd);
}

Batch Reactor::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Batch taken = std::exchange(batch_, {});
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

void Reactor::set_sampling(std::optional<SamplingPlan> plan) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    sampler_.plan(plan);
  }
  interrupt();
}

Samples Reactor::take_samples() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sampler_.take();
}

Held Reactor::held() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {sockets_.size(), throttled_.size(), batch_.events.size(), batch_.bytes.size(), sampler_.kept_count()};
}

}  // namespace fluidscope
