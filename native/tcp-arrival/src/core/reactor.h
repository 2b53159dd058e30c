#pragma once
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "clocks.h"
#include "connection-info.h"
#include "connection-sampler.h"
#include "socket-calls.h"
#include "wall-clock-map.h"

namespace fluidscope {

enum class EventKind : uint8_t { kConnected = 0, kKernelData = 1, kUserData = 2, kEnd = 3, kClosed = 4, kDrained = 5 };

struct Event {
  uint64_t socket;
  EventKind kind;
  /** Data: bytes, which follow those of the event before. Closed: errno. */
  uint32_t value;
  /** Data: the bytes arrived within [arrival - error, arrival] of CLOCK_MONOTONIC. */
  int64_t arrival_ns;
  int64_t error_ns;
};

struct Batch {
  std::vector<Event> events;
  std::vector<uint8_t> bytes;
};

/** What is kept now: for connections, and for the owner to take. */
struct Held {
  size_t sockets;
  size_t throttled;
  size_t events;
  size_t bytes;
  size_t samples;
};

/** Told, from any thread, that `Reactor::take` has something. Not told again before it was called. */
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake() = 0;
};

/**
 * Client sockets, read by one thread as their bytes arrive and stamped by the kernel. Rules:
 *
 * R1  One mutex guards the table of sockets, the batch and the samples. The owner writes, connects and closes on its own thread (a
 *     request must not wait for another thread to wake); only the reactor's thread reads.
 * R2  After a look that found something the thread rests for a millisecond: stamps are the kernel's, so they lose nothing, and a
 *     wake-up then serves all streams at once. The owner is woken at once after a quiet millisecond, else once a millisecond.
 * R3  Only what was counted as arrived is read: the kernel tells its bytes and segments together. A segment read alone has its own stamp.
 *     Several are read a likely write at a time, each with the stamps of its first and its last byte. Where the different stamps are as many
 *     as the segments, each is a segment's own; where they are fewer, segments were merged (and have the stamp of the last), and the
 *     bound of what is read reaches back to the stamp before it, or to the last moment when the queue was known to be empty.
 * R4  A queue is empty of what arrived before a count when all that was counted is read, and when a look at all sockets, begun after
 *     this one was armed, did not name it. So that a look is never long ago there is one each millisecond, for some time after the last
 *     write or read. The kernel stamps a segment some microseconds before it can be read: one that came just before such a moment shows after it.
 * R5  What waits for the owner is bounded for each socket and for all: beyond it a socket is not read until the owner has taken.
 * R6  A socket that was closed by its owner has no more events; a number is never used again.
 * R7  Bytes arrive when they can be read, so what waited for a lost segment arrived with it. The last segment of such a read is older
 *     than its first: where segments came out of order the kernel's stamp is not believed, and the clock after the read stands for it;
 *     and as such segments may be merged with later ones, that connection's are never taken for counted (R3).
 */
class Reactor {
 public:
  Reactor(std::shared_ptr<Waker> waker, std::unique_ptr<Clocks> clocks);
  ~Reactor();

  /** The socket's number, or a negative errno. Connected or closed follows. */
  int64_t connect(const sockaddr* address, socklen_t length);
  /** Whether the bytes have left for the kernel; if not, they are kept, and drained follows. */
  bool write(uint64_t socket, const uint8_t* bytes, size_t length);
  /** No more is written: the peer reads an end after what was written. */
  void finish_writing(uint64_t socket);
  void set_reading(uint64_t socket, bool reads);
  void close(uint64_t socket);
  std::optional<ConnectionInfo> info(uint64_t socket);
  Batch take();
  /** From now on the thread samples every connection; none: no more. */
  void set_sampling(std::optional<SamplingPlan> plan);
  Samples take_samples();
  void stop();
  Held held();

 private:
  /** R4. A first token may take long; each millisecond costs some 3 us. */
  static constexpr int64_t kActiveNs = 10'000'000'000;
  /** R4. From a segment's stamp until it can be read, on a machine whose cores are not all taken. */
  static constexpr int64_t kDeliveryNs = 100'000;

  struct Socket {
    int fd = -1;
    bool connecting = true;
    bool reads = true;
    bool throttled = false;
    bool ended = false;
    bool finishing = false;
    bool watched = true;
    int error = 0;
    uint32_t waiting_bytes = 0;
    uint32_t interest = 0;
    std::vector<uint8_t> unsent;
    uint64_t received_bytes = 0;
    uint32_t segments_count = 0;
    uint32_t out_of_order_count = 0;
    int64_t out_of_order_ns = 0;
    int64_t empty_ns = 0;
    int64_t armed_ns = 0;
    int64_t last_arrival_ns = 0;
    SampledConnection sampled;
  };
  struct Read {
    size_t event_index;
    /** The stamps of its first and of its last byte. */
    std::optional<int64_t> first_wall_ns;
    std::optional<int64_t> wall_ns;
  };
  struct Reading {
    std::vector<Read> reads;
    bool is_ended = false;
    int error = 0;
    bool is_in_order = true;
    /** How many segments it was, where they were counted and all were read. */
    std::optional<uint32_t> segments_count;
    /** All that was read had arrived by then. */
    int64_t arrived_by_ns = 0;
    /** The queue held nothing any more that had arrived before then. */
    std::optional<int64_t> drained_ns;
  };

  // reactor-loop.cc
  void run();
  void look(int timeout_ms);
  int quiet_timeout_ms(int64_t now_ns);
  bool wake_if_due(int64_t now_ns);
  void interrupt();
  void handle(uint64_t id, uint32_t ready);
  void finish_connecting(uint64_t id, Socket& socket);
  void flush_unsent(uint64_t id, Socket& socket);
  void close_with(uint64_t id, Socket& socket, int error);
  void watch(uint64_t id, Socket& socket);
  void add(uint64_t id, EventKind kind, uint32_t value = 0);
  void sample_due();
  void sample(uint64_t id, Socket& socket, SampleCause cause);

  // reactor-reading.cc
  void read(uint64_t id, Socket& socket, bool to_the_end);
  void read_counted(uint64_t id, Socket& socket, const Arrived& arrived);
  void read_apart(uint64_t id, Socket& socket, size_t bytes);
  void read_uncounted(uint64_t id, Socket& socket, bool to_the_end);
  std::optional<int64_t> next_stamp(const Socket& socket);
  void look_for_end(const Socket& socket);
  ssize_t receive_some(uint64_t id, Socket& socket, size_t most_bytes, std::optional<int64_t> first_wall_ns = std::nullopt);
  void stamp(Socket& socket);
  bool is_each_alone(const Socket& socket) const;

  std::shared_ptr<Waker> waker_;
  std::unique_ptr<Clocks> clocks_;
  WallClockMap wall_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, Socket> sockets_;
  Batch batch_;
  ConnectionSampler sampler_;
  std::vector<uint64_t> throttled_;
  std::vector<uint8_t> scratch_;
  std::vector<uint8_t> peeked_;
  Reading reading_;
  bool awake_ = false;
  int64_t next_wake_ns_ = 0;
  int64_t active_until_ns_ = 0;
  uint64_t last_id_ = 0;
  int64_t previous_look_ns_ = 0;
  int epoll_ = -1;
  int interrupt_event_ = -1;
  int stamping_socket_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace fluidscope
