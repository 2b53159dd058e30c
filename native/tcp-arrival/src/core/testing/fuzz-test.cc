// Random peers and a random owner: whatever the order, bytes come whole and in order, stamps never run backwards, nothing is left.
#include <dirent.h>
#include <poll.h>

#include <map>
#include <random>

#include "check.h"
#include "pair.h"

using namespace fluidscope;

namespace {

/** The byte at a place of what the peer of connection `id` says. */
char byte_at(uint64_t id, size_t place) { return static_cast<char>((place * 131 + id * 17) >> 3); }

struct Talk {
  int peer = -1;
  size_t said = 0;
  size_t heard = 0;
  size_t written = 0;
  int64_t last_arrival_ns = 0;
  bool owner_closed = false;
  bool peer_ended = false;
  bool peer_reset = false;
  bool is_over = false;
};

class Fuzz {
 public:
  explicit Fuzz(unsigned seed) : random_(seed) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) act();
    for (auto& [id, talk] : talks_) {
      reactor_.set_reading(id, true);
      end_peer(talk, chance(2));
    }
    const int64_t limit_ns = now_ns() + 20'000'000'000;
    while (!all_over() && now_ns() < limit_ns) {
      gather();
      sleep_ms(1);
    }
    for (auto& [id, talk] : talks_) {
      CHECK(talk.is_over || talk.owner_closed);
      if (!talk.peer_reset && !talk.owner_closed) CHECK(talk.heard == talk.said);
      reactor_.close(id);
      if (talk.peer >= 0) ::close(talk.peer);
    }
    CHECK(reactor_.held().sockets == 0);
  }

 private:
  bool chance(int in) { return random_() % static_cast<unsigned>(in) == 0; }
  std::pair<const uint64_t, Talk>& any() {
    auto at = talks_.begin();
    std::advance(at, random_() % talks_.size());
    return *at;
  }

  void act() {
    if (talks_.empty() || (talks_.size() < 40 && chance(8))) return connect();
    auto& [id, talk] = any();
    switch (random_() % 9) {
      case 0:
      case 1:
      case 2: return say(id, talk);
      case 3: return write(id, talk);
      case 4: return reactor_.set_reading(id, !chance(3));
      case 5: return gather();
      case 6:
        if (chance(12)) end_peer(talk, chance(2));
        return;
      case 7:
        if (chance(12)) {
          reactor_.close(id);
          talk.owner_closed = true;
        } else if (chance(12)) {
          reactor_.finish_writing(id);
        } else {
          reactor_.info(id);
        }
        return;
      default: step_ = chance(30) ? static_cast<int64_t>(random_()) * 1000 : step_.load();
    }
    drain(talk);
  }

  void connect() {
    const int64_t number = reactor_.connect(reinterpret_cast<sockaddr*>(&listener_.address), sizeof listener_.address);
    CHECK(number > 0);
    Talk& talk = talks_[static_cast<uint64_t>(number)];
    talk.peer = accept(listener_.fd, nullptr, nullptr);
    if (chance(10)) end_peer(talk, chance(2));
  }

  void say(uint64_t id, Talk& talk) {
    if (talk.peer < 0 || talk.peer_ended) return;
    std::string words(1 + random_() % (chance(20) ? 200'000 : 300), ' ');
    for (size_t at = 0; at < words.size(); ++at) words[at] = byte_at(id, talk.said + at);
    const ssize_t count = ::send(talk.peer, words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) talk.said += static_cast<size_t>(count);
  }

  void write(uint64_t id, Talk& talk) {
    const std::vector<uint8_t> bytes(1 + random_() % 5'000, 'w');
    reactor_.write(id, bytes.data(), bytes.size());
    drain(talk);
  }

  void drain(Talk& talk) {
    char sink[4096];
    while (talk.peer >= 0 && recv(talk.peer, sink, sizeof sink, MSG_DONTWAIT) > 0) continue;
  }

  void end_peer(Talk& talk, bool resets) {
    if (talk.peer < 0 || talk.peer_reset) return;
    talk.peer_ended = true;
    if (!resets) {
      shutdown(talk.peer, SHUT_WR);
      return;
    }
    const linger at_once{1, 0};
    setsockopt(talk.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(talk.peer, -1));
    talk.peer_reset = true;
  }

  void gather() {
    const Batch batch = reactor_.take();
    size_t at = 0;
    for (const Event& event : batch.events) {
      Talk& talk = talks_[event.socket];
      if (is_data(event)) {
        bool is_right = true;
        for (size_t byte = 0; byte < event.value; ++byte)
          is_right = is_right && static_cast<char>(batch.bytes[at + byte]) == byte_at(event.socket, talk.heard + byte);
        CHECK(is_right && !talk.is_over);
        CHECK(event.arrival_ns >= talk.last_arrival_ns && event.error_ns >= 0 && event.arrival_ns <= now_ns());
        talk.last_arrival_ns = event.arrival_ns;
        talk.heard += event.value;
        at += event.value;
      }
      talk.is_over = talk.is_over || event.kind == EventKind::kEnd || event.kind == EventKind::kClosed;
    }
    CHECK(at == batch.bytes.size());
  }

  bool all_over() const {
    for (const auto& [id, talk] : talks_)
      if (!talk.is_over && !talk.owner_closed) return false;
    return true;
  }

  std::mt19937 random_;
  Listener listener_;
  std::atomic<int64_t> step_{0};
  Reactor reactor_{std::make_shared<Silent>(), std::make_unique<SteppedClocks>(step_)};
  std::map<uint64_t, Talk> talks_;
};

}  // namespace

TEST(fuzz, "random cuts, ends, resets, pauses, closes and steps of the clock, forty connections at a time") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const int before = failures;
    Fuzz(seed).run(1'500);
    if (failures != before) fprintf(stderr, "with seed %u\n", seed);
  }
}
