#pragma once
/**
 * What the threads of a sampler share, and the rules that they keep (the code cites them):
 *
 * 1. Only lanes and the supervisor call NVML. The pump never does, so that it can always flush, watch and stop.
 * 2. A (GPU, lane) desk is touched by one thread at a time. A thread that hangs in a call keeps its desk (`held`) and gives it back
 *    when the call returns; the thread that replaced it leaves that desk alone. `held` orders the two.
 * 3. Every call is announced in the worker's `word`. The pump may claim a word that did not change for `stall_ns`; the worker finds
 *    out when it cannot take its own word back. One compare-and-swap decides, so a call that returns just then is either
 *    whole or abandoned. At most one thread per desk can hang, which bounds the threads.
 * 4. A call that hangs cannot be cancelled: its thread is left to itself at stop, keeps the session alive, and finds our code and
 *    NVML's still mapped when it wakes.
 * 5. Each worker has its own ring: the thread that hangs and the one that replaced it never write to the same one.
 */
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "log-histogram.h"
#include "metric.h"
#include "nvml-library.h"
#include "record-ring.h"

namespace fluidscope {

struct Options {
  std::string library = "libnvidia-ml.so.1";
  double fast_hz = 100;
  uint32_t flush_ms = 20;
  uint32_t calibrate_ms = 2000;
  uint32_t stall_ms = 1000;
  uint32_t retry_ms = 1000;
  unsigned ring_log2 = 17;
  /** Lower the fast tier's rate when the guard is passed; otherwise only say so. */
  bool adapt = true;
};

enum class Tier : uint8_t { fast, counters, gauges, gpm, buffered, links, processes, inventory };
constexpr size_t tier_count = 8;
enum class LaneKind : uint8_t { quick, slow };
constexpr size_t lane_count = 2;

inline LaneKind lane_of(Tier tier) { return tier <= Tier::gauges ? LaneKind::quick : LaneKind::slow; }

uint64_t monotonic_ns();
void sleep_until_ns(uint64_t at_ns);
void block_signals();
std::string json_text(const std::string& text);
const char* name_of(Metric metric);

/** What is known of one metric of one GPU (and link, process or instance): fresh or repeat, epochs, how often it changes. */
struct Series {
  bool seen = false;
  double last = 0;
  uint64_t base = 0, last_whole = 0;
  uint64_t last_seen_ns = 0, last_change_ns = 0;
  uint32_t polls = 0, changes = 0;
  std::vector<uint32_t> change_intervals_us;
};

class Context;
struct Reader {
  Tier tier;
  std::vector<Metric> metrics;
  std::function<nvml::Return(Context&)> read;
  bool absent = false;
  nvml::Return last_error = 0;
  LogHistogram cost{};
};

/** A GPU's readers in one lane: rule 2. */
struct Desk {
  std::vector<Reader> readers;
  std::map<uint64_t, Series> series;
  std::atomic<bool> held{false};
};

struct MigInstance {
  nvml::Device handle;
  uint32_t gpu_instance;
};

struct Gpu {
  uint16_t index = 0;
  std::string uuid, name, bus_id;
  nvml::Device handle = nullptr;
  std::vector<MigInstance> mig;
  std::atomic<bool> dropped{false};
  Desk desks[lane_count];
  // Under Session::text_mutex:
  std::string state = "ready";
  std::map<std::string, std::string> absent;
  std::string series_json[lane_count];
};

/** A GPU that is being opened, on a thread of its own. */
struct Opening {
  std::shared_ptr<Gpu> gpu;
  std::atomic<bool> done{false};
};

struct Worker {
  Worker(LaneKind lane_kind, unsigned ring_log2) : kind(lane_kind), ring(ring_log2) {}
  const LaneKind kind;
  RecordRing ring;
  std::atomic<uint64_t> word{0};
  std::atomic<bool> done{false};
  std::thread thread;
  // The pump's own:
  uint64_t watched_word = 0, watched_since_ns = 0;
  bool abandoned = false;
};

struct Session : std::enable_shared_from_this<Session> {
  explicit Session(Options given) : options(std::move(given)), fast_period_ns(static_cast<uint64_t>(1e9 / options.fast_hz)) {}

  const Options options;
  nvml::Library nvml;
  std::atomic<int> driver_major{0};
  std::vector<std::shared_ptr<Gpu>> gpus;
  /** The supervisor's own: GPUs that did not open in time, by index. Their threads hang in the driver still, or came back. */
  std::map<uint32_t, std::shared_ptr<Opening>> late;
  std::atomic<bool> stopping{false}, lanes_stopping{false}, driver_gone{false};
  std::atomic<uint64_t> fast_period_ns;
  std::atomic<uint64_t> calibrate_until_ns{0};
  std::atomic<uint64_t> late_wakeups{0}, max_lateness_ns{0}, guard_changes{0}, events_dropped{0};

  std::mutex workers_mutex;
  std::vector<std::shared_ptr<Worker>> workers;

  std::mutex text_mutex;
  std::string state = "starting", state_detail, driver_version, nvml_version;
  std::string lateness_json = "null";
  std::deque<std::string> events;

  void set_state(const std::string& next, const std::string& detail);
  void set_gpu_state(Gpu& gpu, const std::string& next, const std::string& detail);
  void set_absent(Gpu& gpu, const std::vector<Metric>& metrics, const std::string& reason);
  /** `fields` are JSON members, without braces. Bounded: what does not fit is counted. */
  void push_event(const std::string& kind, const std::string& fields);
  std::string describe();
};

/** One lane's hands on NVML: times each call, announces it (rule 3), turns values into records. */
class Context {
 public:
  Context(Session& session, Worker& worker) : session_(session), worker_(worker) {}

  template <typename Call>
  nvml::Return call(Call&& make) {
    const uint64_t word = (++sequence_ << 17) | (uint64_t{gpu->index} << 1) | (uint64_t{1} << 63);
    worker_.word.store(word, std::memory_order_release);
    before_ns = monotonic_ns();
    const nvml::Return answer = make();
    const uint64_t took_ns = monotonic_ns() - before_ns;
    call_ns = took_ns > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(took_ns);
    uint64_t expected = word;
    if (!worker_.word.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) {
      abandoned = true;
      return abandoned_answer;
    }
    cost->add(took_ns);
    return answer;
  }

  /** `sensor_ns`: the driver's own time for the value, or the start of its window when `extra_flags` says so. */
  void emit(Metric metric, double value, uint32_t sub_id = 0, uint32_t extra_flags = 0, uint64_t sensor_ns = 0);
  /** A value that only grows: a decrease starts an epoch; above 2^53 the epoch's first value is subtracted, so that it stays exact. */
  void emit_counter(Metric metric, uint64_t value, uint32_t sub_id = 0);

  static constexpr nvml::Return abandoned_answer = -1;
  Gpu* gpu = nullptr;
  Desk* desk = nullptr;
  LogHistogram* cost = nullptr;
  uint64_t before_ns = 0;
  uint32_t call_ns = 0;
  bool abandoned = false;

 private:
  Series& series(Metric metric, uint32_t sub_id);
  void push(Metric metric, double value, uint32_t sub_id, uint32_t flags, uint64_t sensor_ns);
  Session& session_;
  Worker& worker_;
  uint64_t sequence_ = 0;
};

/** Gives the GPU its readers in both lanes; what its library lacks is noted as absent. */
void furnish(Session& session, Gpu& gpu);

std::shared_ptr<Worker> start_lane(const std::shared_ptr<Session>& session, LaneKind kind);
void run_events(const std::shared_ptr<Session>& session);

}  // namespace fluidscope
