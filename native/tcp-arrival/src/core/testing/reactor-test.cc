#include <dirent.h>
#include <errno.h>

#include <cstring>

#include "check.h"
#include "pair.h"
#include "../write-ends.h"

using namespace fluidscope;

namespace {

size_t descriptors_count() {
  size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

}  // namespace

TEST(stamps, "a token's stamp holds its sending, within microseconds, whenever it is taken") {
  Pair pair;
  std::vector<std::pair<int64_t, int64_t>> sent;
  size_t tight_count = 0;
  // Of a reactor that waits for its CPU fewer are tight: it is asked until enough were.
  for (size_t index = 0; index < 2000 && tight_count < 30; ++index) {
    const int64_t before_ns = now_ns();
    pair.say("x");
    sent.emplace_back(before_ns, now_ns());
    sleep_ms(3);
    pair.until([&] { return pair.text.size() == sent.size(); });
    const Event& event = *data_at(pair.events, index);
    CHECK(event.arrival_ns >= sent[index].first);
    CHECK(event.arrival_ns - event.error_ns <= sent[index].second + 1'000'000);
    if (event.kind == EventKind::kKernelData && event.error_ns < 50'000) ++tight_count;
  }
  CHECK(tight_count == 30);
}

TEST(queued, "tokens that queued behind each other have each their own stamp, but where the kernel merged them") {
  Pair pair;
  const std::vector<const char*> writes = {"HTTP/1.1 200 OK\r\n\r\n", "b\r\ndata: one\n\n\r\n", "b\r\ndata: two\n\n\r\n"};
  bool are_all_tight = false;
  // The kernel merges segments that were acknowledged: a connection's first, and those that wait long.
  for (int round = 0; round < 200 && !are_all_tight; ++round) {
    CHECK(pair.reactor.write(pair.id, reinterpret_cast<const uint8_t*>("go"), 2));
    pair.reactor.set_reading(pair.id, false);
    size_t at = pair.text.size();
    std::vector<MonoSpan> sent;
    for (const char* words : writes) {
      const int64_t before_ns = now_ns();
      pair.say(words);
      sent.push_back({before_ns, now_ns()});
      sleep_ms(2);
    }
    pair.reactor.set_reading(pair.id, true);
    pair.until([&] { return pair.text.size() == at + strlen(writes[0]) + strlen(writes[1]) + strlen(writes[2]); });
    are_all_tight = true;
    for (size_t index = 0; index < writes.size(); ++index) {
      const Event& event = *data_at(pair.events, at);
      CHECK(event.value == strlen(writes[index]) && event.arrival_ns >= sent[index].earliest_ns);
      CHECK(event.arrival_ns - event.error_ns <= sent[index].latest_ns);
      are_all_tight = are_all_tight && event.kind == EventKind::kKernelData && event.error_ns < 500'000;
      at += event.value;
    }
  }
  CHECK(are_all_tight);
}

TEST(uncut, "queued writes whose ends cannot be guessed share a stamp, within a bound that holds the first") {
  Pair pair;
  pair.reactor.set_reading(pair.id, false);
  const int64_t before_ns = now_ns();
  pair.say("a");
  const int64_t after_ns = now_ns();
  sleep_ms(30);
  pair.say("b");
  pair.reactor.set_reading(pair.id, true);
  pair.until([&] { return pair.text.size() == 2; });
  const Event& event = pair.events.back();
  CHECK(event.value == 2);
  CHECK(event.arrival_ns - event.error_ns <= after_ns);
  CHECK(event.arrival_ns >= before_ns + 30'000'000);
}

TEST(answered, "what comes after a long wait is not bounded by the wait, merged or not") {
  Pair pair;
  CHECK(pair.reactor.write(pair.id, reinterpret_cast<const uint8_t*>("go"), 2));
  sleep_ms(600);
  const int64_t before_ns = now_ns();
  for (const char* words : {"head\r\n\r\n", "data: one", "\n\n"}) pair.say(words);
  pair.until([&] { return pair.text.size() == 19; });
  for (const size_t index : {0, 18}) CHECK(data_at(pair.events, index)->arrival_ns - data_at(pair.events, index)->error_ns > before_ns - 300'000'000);
}

TEST(merged, "segments that the kernel merged, as it does with a connection's first, are within their bounds") {
  for (int round = 0; round < 20; ++round) {
    Pair pair;
    pair.reactor.set_reading(pair.id, false);
    std::vector<int64_t> sent_ns;
    for (int index = 0; index < 6; ++index) {
      pair.say(".\n\n");
      sent_ns.push_back(now_ns());
      sleep_ms(1);
    }
    pair.reactor.set_reading(pair.id, true);
    pair.until([&] { return pair.text.size() == 3 * sent_ns.size(); });
    for (size_t index = 0; index < sent_ns.size(); ++index) {
      const Event& event = *data_at(pair.events, 3 * index);
      CHECK(event.arrival_ns - event.error_ns <= sent_ns[index]);
    }
  }
}

TEST(guessed, "a write is taken to end with a TLS record or an empty line, else with the bytes") {
  const auto end_of = [](const std::string& bytes) { return likely_write_end(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()); };
  CHECK(end_of("data: a\n\ndata: b\n\n") == 9);
  CHECK(end_of("b\r\ndata: a\n\n\r\nb\r\n") == 14);
  CHECK(end_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\nb\r\n") == 25);
  CHECK(end_of("a\nb\n") == 4);
  CHECK(end_of("") == 0);
  CHECK(end_of(std::string("\x17\x03\x03\x00\x02..\x17\x03", 9)) == 7);
  CHECK(end_of(std::string("\x17\x03\x03\x00\x09..", 7)) == 7);
}

TEST(step, "a step of the wall clock moves no stamp") {
  Pair pair;
  for (const int64_t step : {7'200'000'000'000LL, -5'000'000LL, 0LL}) {
    pair.step = step;
    const int64_t before_ns = now_ns();
    const size_t had = pair.text.size();
    pair.say("x");
    const int64_t after_ns = now_ns();
    pair.until([&] { return pair.text.size() == had + 1; });
    const Event& event = pair.events.back();
    CHECK(event.arrival_ns >= before_ns && event.arrival_ns <= now_ns());
    CHECK(event.arrival_ns - event.error_ns <= after_ns);
    sleep_ms(5);
  }
}

TEST(half_close, "what the peer sent before its end comes before its end, and we may still speak") {
  Pair pair;
  pair.say("last words");
  shutdown(pair.peer, SHUT_WR);
  pair.until([&] { return pair.has(EventKind::kEnd); });
  CHECK(pair.text == "last words");
  CHECK(pair.reactor.write(pair.id, reinterpret_cast<const uint8_t*>("yes"), 3));
  char heard[8];
  CHECK(recv(pair.peer, heard, sizeof heard, 0) == 3);
  pair.reactor.finish_writing(pair.id);
  CHECK(recv(pair.peer, heard, sizeof heard, 0) == 0);
}

TEST(reset, "a reset is an error, after the bytes that came before it, also while reading is paused") {
  for (const bool reads : {true, false}) {
    Pair pair;
    pair.reactor.set_reading(pair.id, reads);
    pair.say("cut");
    sleep_ms(5);
    const linger at_once{1, 0};
    setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(pair.peer);
    pair.peer = -1;
    pair.until([&] { return pair.has(EventKind::kClosed); });
    CHECK(pair.events.back().value == ECONNRESET);
    CHECK(pair.text == "cut");
    CHECK(pair.reactor.held().sockets == 0);
  }
}

TEST(refused, "a refused connection is an error") {
  Pair pair;
  sockaddr_in nowhere = pair.listener.address;
  {
    const Listener closed;
    nowhere = closed.address;
  }
  CHECK(pair.reactor.connect(reinterpret_cast<sockaddr*>(&nowhere), sizeof nowhere) > 0);
  pair.until([&] { return pair.has(EventKind::kClosed); });
  CHECK(pair.events.back().value == ECONNREFUSED);
}

TEST(bounded, "what the owner does not take stays with the sender, and comes in full when it does") {
  Pair pair;
  const std::string block(1 << 16, 'z');
  size_t sent = 0;
  for (int quiet = 0; quiet < 20;) {
    const ssize_t count = ::send(pair.peer, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<size_t>(count);
    quiet = count > 0 ? 0 : quiet + 1;
    if (count <= 0) sleep_ms(5);
  }
  pair.gather();
  CHECK(pair.text.size() < 1 << 20);
  pair.until([&] { return pair.text.size() == sent; });
}

TEST(drains, "a write that the kernel does not take is kept and goes out in order") {
  Pair pair;
  std::vector<uint8_t> body(24 << 20);
  for (size_t at = 0; at < body.size(); ++at) body[at] = static_cast<uint8_t>(at * 31 >> 7);
  CHECK(!pair.reactor.write(pair.id, body.data(), body.size()));
  pair.reactor.finish_writing(pair.id);
  std::vector<uint8_t> heard;
  std::vector<uint8_t> part(1 << 16);
  for (ssize_t count; (count = recv(pair.peer, part.data(), part.size(), 0)) > 0;) heard.insert(heard.end(), part.begin(), part.begin() + count);
  CHECK(heard == body);
  pair.until([&] { return pair.has(EventKind::kDrained); });
}

TEST(leak, "two thousand connections, closed at every stage, leave no descriptor") {
  Pair pair;
  const size_t before = descriptors_count();
  for (int index = 0; index < 2000; ++index) {
    const int64_t id = pair.reactor.connect(reinterpret_cast<sockaddr*>(&pair.listener.address), sizeof pair.listener.address);
    CHECK(id > 0);
    if (index % 3 == 0) pair.reactor.close(static_cast<uint64_t>(id));
    const int peer = accept(pair.listener.fd, nullptr, nullptr);
    if (index % 3 == 1) pair.reactor.write(static_cast<uint64_t>(id), reinterpret_cast<const uint8_t*>("hi"), 2);
    ::close(peer);
    pair.reactor.close(static_cast<uint64_t>(id));
    pair.gather();
  }
  CHECK(descriptors_count() == before);
  CHECK(pair.reactor.held().sockets == 1);
}

TEST(described, "a connection's figures are the kernel's") {
  Pair pair;
  pair.say("abc");
  pair.until([&] { return pair.text.size() == 3; });
  const auto info = pair.reactor.info(pair.id);
  CHECK(info && info->received_bytes == 3 && info->receive_queue_bytes == 0 && info->retransmits_count == 0);
  CHECK(!pair.reactor.info(pair.id + 1));
}
