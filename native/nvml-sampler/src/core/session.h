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
 * 6. What the supervisor asks of the library itself (to load, to initialise, to count) can hang before there is any GPU. It is announced in
 *    `driver_call`; the pump says `stalled_starting` when it takes too long, and the supervisor's next state says that it came back.
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
  uint32_t flush_ms = 40;
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
uint64_t thread_cpu_ns();
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
  /** Successful reads, counted up to those after which a metric without any value is said to be silent. */
  uint8_t reads = 0;
  LogHistogram cost{};
};

constexpr size_t metric_id_count = 128;

/** A GPU's readers in one lane: rule 2. */
struct Desk {
  std::vector<Reader> readers;
  /** Of whole GPUs, by metric id: the fast tier looks here for every sample. */
  std::vector<Series> whole = std::vector<Series>(metric_id_count);
  /** Of links, processes and instances, by metric id << 32 | sub_id. */
  std::map<uint64_t, Series> parts;
  std::atomic<bool> held{false};

  bool has_any(Metric metric) const;
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
  /** What the library has a call for and has given no value of: it may yet come, as when a process starts. */
  std::map<std::string, std::string> silent;
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
  /** Time inside NVML: elapsed in the quick lane, CPU in the slow one and the events' thread. See Context::call. */
  std::atomic<uint64_t> inside_calls_ns{0};

  std::mutex workers_mutex;
  std::vector<std::shared_ptr<Worker>> workers;

  std::mutex text_mutex;
  std::string state = "starting", state_detail, driver_version, nvml_version;
  std::string lateness_json = "null", last_guard_json = "null";
  std::deque<std::string> events;
  /** Rule 6: what the supervisor waits for, and since when; null when it waits for nothing. */
  const char* driver_call = nullptr;
  uint64_t driver_call_since_ns = 0;

  void set_state(const std::string& next, const std::string& detail);
  void set_gpu_state(Gpu& gpu, const std::string& next, const std::string& detail);
  void set_absent(Gpu& gpu, const std::vector<Metric>& metrics, const std::string& reason);
  void set_silent(Gpu& gpu, Metric metric, const std::string& reason);
  void end_silence(Gpu& gpu, Metric metric);
  /** JSON of the guard's last word. */
  void set_last_guard(std::string json);
  void enter_driver_call(const char* name);
  void leave_driver_call();
  /** Rule 6. The pump's. */
  void watch_driver_call();
  /** `fields` are JSON members, without braces. Bounded: what does not fit is counted. */
  void push_event(const std::string& kind, const std::string& fields);
  std::string describe();

 private:
  void append_event(const std::string& kind, const std::string& fields);
  void change_state(const std::string& next, const std::string& detail);
};

/** Gives the GPU its readers in both lanes; what its library lacks is noted as absent. */
void furnish(Session& session, Gpu& gpu);

std::shared_ptr<Worker> start_lane(const std::shared_ptr<Session>& session, LaneKind kind);
void run_events(const std::shared_ptr<Session>& session);
/** Loads the library, then opens GPUs and runs lanes and events until told to stop, through as many lives of the driver as there are. */
void supervise(const std::shared_ptr<Session>& session);

}  // namespace fluidscope
