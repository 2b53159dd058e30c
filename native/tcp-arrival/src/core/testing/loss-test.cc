// Real loss without a lossy network: a filter on our end of the connection takes segments away before TCP has seen them, so the peer's
// kernel sends them again.
#include <linux/filter.h>
#include <poll.h>

#include <thread>

#include "check.h"
#include "pair.h"

using namespace fluidscope;

namespace {

/** The stamp is taken as a segment enters the network stack; TCP counts it when the stack has come to it and the watch lets go of its lock. */
constexpr int64_t kStackNs = 20'000'000;

/** Our end of the pair's connection. */
int fd_of(const Pair& pair) {
  sockaddr_in ours{};
  socklen_t length = sizeof ours;
  getpeername(pair.peer, reinterpret_cast<sockaddr*>(&ours), &length);
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in name{};
    length = sizeof name;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0 && name.sin_port == ours.sin_port) return fd;
  }
  return -1;
}

void take_away(int fd, const std::vector<sock_filter>& code) {
  const sock_fprog program{static_cast<unsigned short>(code.size()), const_cast<sock_filter*>(code.data())};
  CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
}

/** Segments whose first byte is `first`, and those without bytes. */
std::vector<sock_filter> beginning_with(char first) {
  return {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12),
          BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
          BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
          BPF_STMT(BPF_MISC | BPF_TAX, 0),
          BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(first), 0, 1),
          BPF_STMT(BPF_RET | BPF_K, 0),
          BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
}

/** One in four. */
std::vector<sock_filter> some() {
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(SKF_AD_OFF + SKF_AD_RANDOM)),
          BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 1, 0),
          BPF_STMT(BPF_RET | BPF_K, 0),
          BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
}

void take_nothing_away(int fd) {
  const int none = 0;
  CHECK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) == 0);
}

tcp_info counts_of(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
  return info;
}

/** Looks as often as it can when the kernel's count of bytes in order grows: the truth about arrivals. */
class ArrivalWatch {
 public:
  explicit ArrivalWatch(int fd) : thread_([this, fd] { watch(fd); }) {
    while (!watching_) sleep_ms(1);
  }
  ~ArrivalWatch() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /** When byte `index` became readable, between two looks. */
  MonoSpan arrival_of(uint64_t index) const {
    for (const auto& [bytes, span] : seen_)
      if (bytes > index) return span;
    return {};
  }

 private:
  void watch(int fd) {
    uint64_t bytes = counts_of(fd).tcpi_bytes_received;
    watching_ = true;
    int64_t before_ns = now_ns();
    // Once more after it was told to stop: it may not have run since the last arrival.
    for (bool is_last = false; !is_last;) {
      is_last = stopping_;
      const int64_t look_ns = now_ns();
      const uint64_t now_bytes = counts_of(fd).tcpi_bytes_received;
      if (now_bytes != bytes) seen_.push_back({now_bytes, {before_ns, now_ns()}});
      bytes = now_bytes;
      before_ns = look_ns;
    }
  }

  std::atomic<bool> watching_{false};
  std::atomic<bool> stopping_{false};
  std::vector<std::pair<uint64_t, MonoSpan>> seen_;
  std::thread thread_;
};

}  // namespace

TEST(behind_a_hole, "what waited for a lost segment arrived with it, not when it came, whether or not it was counted before") {
  for (const bool is_counted_before : {false, true}) {
    Pair pair;
    const int fd = fd_of(pair);
    if (is_counted_before) pair.reactor.set_reading(pair.id, false);
    pair.say("x");
    if (!is_counted_before) pair.until([&] { return pair.text == "x"; });
    sleep_ms(5);
    take_away(fd, beginning_with('a'));
    pair.say("a");
    pair.say("b");
    while (counts_of(fd).tcpi_rcv_ooopack == 0) sleep_ms(1);
    pair.reactor.set_reading(pair.id, true);
    pair.until([&] { return pair.text == "x"; });
    sleep_ms(10);
    pollfd readable{fd, POLLIN, 0};
    CHECK(poll(&readable, 1, 0) == 0);
    const int64_t missing_ns = now_ns();
    take_nothing_away(fd);
    pair.until([&] { return pair.text == "xab"; });
    for (const size_t index : {1, 2}) {
      const Event* event = data_at(pair.events, index);
      CHECK(event != nullptr && event->arrival_ns >= missing_ns);
      CHECK(event != nullptr && event->arrival_ns - event->error_ns <= now_ns());
    }
    CHECK(pair.reactor.info(pair.id)->out_of_order_count == 1);
    sleep_ms(5);
    pair.say("c");
    pair.until([&] { return pair.text == "xabc"; });
    CHECK(data_at(pair.events, 3)->kind == EventKind::kKernelData);
  }
}

TEST(lossy, "with one segment in four lost every byte arrived within its bound, by a watch of the kernel's count") {
  Pair pair;
  const int fd = fd_of(pair);
  constexpr size_t kTokens = 400;
  uint64_t out_of_order_count;
  {
    ArrivalWatch watch(fd);
    take_away(fd, some());
    for (size_t index = 0; index < kTokens; ++index) {
      pair.say(".");
      if (index % 4 == 3) sleep_ms(4);
    }
    pair.until([&] { return pair.text.size() == kTokens; });
    watch.stop();
    out_of_order_count = counts_of(fd).tcpi_rcv_ooopack;
    for (size_t index = 0; index < kTokens; ++index) {
      const Event* event = data_at(pair.events, index);
      const MonoSpan truth = watch.arrival_of(index);
      CHECK(event != nullptr && event->arrival_ns >= truth.earliest_ns - kStackNs && event->arrival_ns - event->error_ns <= truth.latest_ns);
    }
  }
  CHECK(out_of_order_count > 0);
}
