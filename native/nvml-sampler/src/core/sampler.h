#pragma once
#include <memory>
#include <string>
#include <vector>

#include "session.h"

namespace fluidscope {

struct Flush {
  std::vector<SampleRecord> records;
  std::vector<std::string> events;
  uint64_t overruns, late_wakeups, guard_changes, events_dropped, max_lateness_ns;
};

/** Where the pump hands over, once a flush interval, on its own thread. */
class Sink {
 public:
  virtual ~Sink() = default;
  /** False while the last flush was not taken yet: records then wait in the rings, which count what they cannot hold. */
  virtual bool is_ready() = 0;
  virtual void take(Flush&& flush) = 0;
};

/** Starts at construction, without waiting for the driver; stop() returns within about half a second whatever the driver does. */
class Sampler {
 public:
  Sampler(Options options, std::shared_ptr<Sink> sink);
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  /** Idempotent. The sink is not called after it returns. */
  void stop();
  std::string describe() { return session_->describe(); }

 private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<std::atomic<bool>> supervisor_done_ = std::make_shared<std::atomic<bool>>(false);
  std::thread supervisor_, pump_;
};

}  // namespace fluidscope
