#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../reactor.h"
#include "check.h"

namespace fluidscope {

/** Wakes nobody: the tests take when they look. */
class Silent : public Waker {
 public:
  void wake() override {}
};

class SteppedClocks : public Clocks {
 public:
  explicit SteppedClocks(std::atomic<int64_t>& step) : step_(step) {}
  int64_t wall_ns() override { return Clocks::wall_ns() + step_; }
  int64_t stamp_ns(int64_t kernel_wall_ns) override { return kernel_wall_ns + step_; }

 private:
  std::atomic<int64_t>& step_;
};

inline int64_t now_ns() { return Clocks().mono_ns(); }

inline void sleep_ms(long ms) {
  const timespec rest{ms / 1000, (ms % 1000) * 1'000'000};
  nanosleep(&rest, nullptr);
}

struct Listener {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  Listener() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 && listen(fd, 64) == 0);
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  }
  ~Listener() { ::close(fd); }
};

/** A reactor, one connection of it, the peer's end, and all that came. */
struct Pair {
  Listener listener;
  std::atomic<int64_t> step{0};
  Reactor reactor{std::make_shared<Silent>(), std::make_unique<SteppedClocks>(step)};
  uint64_t id;
  int peer;
  std::vector<Event> events;
  std::string text;

  Pair() {
    const int64_t number = reactor.connect(reinterpret_cast<sockaddr*>(&listener.address), sizeof listener.address);
    CHECK(number > 0);
    id = static_cast<uint64_t>(number);
    peer = accept(listener.fd, nullptr, nullptr);
    const int one = 1;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    until([this] { return has(EventKind::kConnected); });
  }
  ~Pair() {
    if (peer >= 0) ::close(peer);
  }
  void say(const char* words) { CHECK(::send(peer, words, strlen(words), MSG_NOSIGNAL) == static_cast<ssize_t>(strlen(words))); }
  void gather() {
    Batch batch = reactor.take();
    text.append(batch.bytes.begin(), batch.bytes.end());
    events.insert(events.end(), batch.events.begin(), batch.events.end());
  }
  bool has(EventKind kind) const {
    for (const Event& each : events)
      if (each.kind == kind) return true;
    return false;
  }
  void until(const std::function<bool()>& condition) {
    const int64_t limit_ns = now_ns() + 20'000'000'000;
    for (gather(); !condition() && now_ns() < limit_ns; gather()) sleep_ms(1);
    CHECK(condition());
  }
};

inline bool is_data(const Event& event) { return event.kind == EventKind::kKernelData || event.kind == EventKind::kUserData; }

/** The event of the byte at a place of the stream. */
inline const Event* data_at(const std::vector<Event>& events, size_t byte_index) {
  size_t end = 0;
  for (const Event& event : events) {
    end += is_data(event) ? event.value : 0;
    if (end > byte_index) return &event;
  }
  return nullptr;
}

}  // namespace fluidscope
