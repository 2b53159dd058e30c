#pragma once
#include <memory>
#include <string>
#include <vector>

#include "series-order.h"
#include "session.h"

namespace fluidscope {

struct Flush {
  /** By series: see SeriesOrder. */
  std::vector<SampleRecord> records;
  std::vector<std::string> events;
  uint64_t overruns, late_wakeups, guard_changes, events_dropped, max_lateness_ns, inside_calls_ns;
};

/** Where the pump hands over, once a flush interval, on its own thread. */
class Sink {
 public:
  virtual ~Sink() = default;
  /** False while the last flush was not taken yet: records then wait in the rings, which count what they cannot hold. */
  virtual bool is_ready() = 0;
  virtual void take(Flush&& flush) = 0;
};

/** Drains the rings into one flush, watches the threads that ask NVML, and never asks it itself: rule 1. */
class Pump {
 public:
  Pump(std::shared_ptr<Session> session, std::shared_ptr<Sink> sink) : session_(std::move(session)), sink_(std::move(sink)) {}
  /** Until the session stops. */
  void run();

 private:
  void turn();
  void collect(Flush& flush);

  const std::shared_ptr<Session> session_;
  const std::shared_ptr<Sink> sink_;
  SeriesOrder order_;
  uint64_t retired_overruns_ = 0;
};

}  // namespace fluidscope
