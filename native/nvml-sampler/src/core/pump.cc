#include "pump.h"

#include "durations.h"

namespace fluidscope {

namespace {

/** Rule 3. */
void watch(const std::shared_ptr<Session>& session, Worker& worker) {
  const uint64_t word = worker.word.load(std::memory_order_acquire);
  const uint64_t now = monotonic_ns();
  if (word != worker.watched_word || word == 0) {
    worker.watched_word = word;
    worker.watched_since_ns = now;
    return;
  }
  if (worker.abandoned || now - worker.watched_since_ns < session->options.stall_ms * ms) return;
  // The thread is inside a call, so it holds session->gpus still.
  Gpu& gpu = *session->gpus[(word >> 1) & 0xFFFF];
  Desk& desk = gpu.desks[static_cast<size_t>(worker.kind)];
  desk.held.store(true, std::memory_order_release);
  uint64_t expected = word;
  if (!worker.word.compare_exchange_strong(expected, word | 1, std::memory_order_acq_rel)) {
    desk.held.store(false, std::memory_order_release);
    return;
  }
  worker.abandoned = true;
  session->set_gpu_state(gpu, "stalled", "a call has not come back for " + std::to_string((now - worker.watched_since_ns) / ms) + " ms");
  if (!session->lanes_stopping) session->workers.push_back(start_lane(session, worker.kind));
}

}  // namespace

void Pump::run() {
  uint64_t at_ns = monotonic_ns();
  while (!session_->stopping) {
    at_ns = std::max(at_ns + session_->options.flush_ms * ms, monotonic_ns());
    sleep_until_ns(at_ns);
    turn();
  }
}

void Pump::turn() {
  session_->watch_driver_call();
  const std::lock_guard<std::mutex> lock(session_->workers_mutex);
  // By number: a worker that is given up is followed by another at the end.
  const size_t count = session_->workers.size();
  for (size_t at = 0; at < count; ++at) watch(session_, *std::shared_ptr<Worker>(session_->workers[at]));
  if (!sink_->is_ready()) return;
  Flush flush{};
  collect(flush);
  flush.late_wakeups = session_->late_wakeups;
  flush.guard_changes = session_->guard_changes;
  flush.max_lateness_ns = session_->max_lateness_ns.exchange(0);
  flush.inside_calls_ns = session_->inside_calls_ns;
  {
    const std::lock_guard<std::mutex> text(session_->text_mutex);
    flush.events.assign(session_->events.begin(), session_->events.end());
    session_->events.clear();
  }
  flush.events_dropped = session_->events_dropped;
  if (!flush.records.empty() || !flush.events.empty()) sink_->take(std::move(flush));
}

/** What the rings hold, and what they could not. A worker that ended is emptied and let go. */
void Pump::collect(Flush& flush) {
  size_t waiting = 0;
  for (const auto& worker : session_->workers) waiting += worker->ring.size();
  flush.records.reserve(waiting + waiting / 8);
  for (auto each = session_->workers.begin(); each != session_->workers.end();) {
    Worker& worker = **each;
    const bool ended = worker.done.load(std::memory_order_acquire);
    worker.ring.drain([&](const SampleRecord* records, size_t count) { flush.records.insert(flush.records.end(), records, records + count); });
    if (!ended) {
      flush.overruns += worker.ring.overruns();
      ++each;
      continue;
    }
    retired_overruns_ += worker.ring.overruns();
    if (worker.thread.joinable()) worker.thread.join();
    each = session_->workers.erase(each);
  }
  flush.overruns += retired_overruns_;
  order_.sort(flush.records);
}

}  // namespace fluidscope
