#include "session.h"

#include <signal.h>
#include <time.h>

namespace fluidscope {

uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

void sleep_until_ns(uint64_t at_ns) {
  const timespec at{static_cast<time_t>(at_ns / 1000000000u), static_cast<long>(at_ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == 4 /* EINTR */) {
  }
}

/** Signals belong to Node's threads: one handled here would run a handler that expects Node's. */
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (each == '"' || each == '\\') out += '\\', out += each;
    else if (byte < 0x20 || byte > 0x7E) out += '?';
    else out += each;
  }
  return out + '"';
}

bool Desk::has_any(Metric metric) const {
  const auto id = static_cast<uint16_t>(metric);
  const auto part = parts.lower_bound(uint64_t{id} << 32);
  return whole[id].seen || (part != parts.end() && part->first >> 32 == id);
}

/** Under text_mutex. */
void Session::append_event(const std::string& kind, const std::string& fields) {
  if (events.size() >= 1024) {
    events_dropped.fetch_add(1);
    return;
  }
  events.push_back("{\"kind\":" + json_text(kind) + ",\"monoNs\":\"" + std::to_string(monotonic_ns()) + "\"" + (fields.empty() ? "" : "," + fields) + "}");
}

void Session::push_event(const std::string& kind, const std::string& fields) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  append_event(kind, fields);
}

/** Under text_mutex, so that the events of two threads stand in the order of the states. */
void Session::change_state(const std::string& next, const std::string& detail) {
  if (state == next && state_detail == detail) return;
  state = next;
  state_detail = detail;
  append_event("state", "\"state\":" + json_text(next) + ",\"detail\":" + json_text(detail));
}

void Session::set_state(const std::string& next, const std::string& detail) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  change_state(next, detail);
}

void Session::enter_driver_call(const char* name) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  driver_call = name;
  driver_call_since_ns = monotonic_ns();
}

void Session::leave_driver_call() {
  const std::lock_guard<std::mutex> lock(text_mutex);
  driver_call = nullptr;
}

void Session::watch_driver_call() {
  const std::lock_guard<std::mutex> lock(text_mutex);
  if (driver_call == nullptr || monotonic_ns() - driver_call_since_ns < uint64_t{options.stall_ms} * 1000000u) return;
  change_state("stalled_starting", std::string(driver_call) + " has not come back within " + std::to_string(options.stall_ms) + " ms");
}

void Session::set_last_guard(std::string json) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  last_guard_json = std::move(json);
}

void Session::set_gpu_state(Gpu& gpu, const std::string& next, const std::string& detail) {
  {
    const std::lock_guard<std::mutex> lock(text_mutex);
    if (gpu.state == next || (gpu.dropped && next == "ready")) return;
    gpu.state = next;
  }
  push_event("gpu_state", "\"gpuIndex\":" + std::to_string(gpu.index) + ",\"gpuUuid\":" + json_text(gpu.uuid) + ",\"state\":" + json_text(next) +
                              ",\"detail\":" + json_text(detail));
}

void Session::set_absent(Gpu& gpu, const std::vector<Metric>& metrics, const std::string& reason) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  for (Metric metric : metrics) gpu.absent[name_of(metric)] = reason;
}

void Session::set_silent(Gpu& gpu, Metric metric, const std::string& reason) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  gpu.silent.emplace(name_of(metric), reason);
}

void Session::end_silence(Gpu& gpu, Metric metric) {
  const std::lock_guard<std::mutex> lock(text_mutex);
  gpu.silent.erase(name_of(metric));
}

std::string Session::describe() {
  const std::lock_guard<std::mutex> lock(text_mutex);
  std::string json = "{\"state\":" + json_text(state) + ",\"detail\":" + json_text(state_detail) + ",\"library\":" + json_text(options.library) +
                     ",\"driverVersion\":" + json_text(driver_version) + ",\"nvmlVersion\":" + json_text(nvml_version) +
                     ",\"fastHz\":" + std::to_string(1e9 / static_cast<double>(fast_period_ns.load())) + ",\"guard\":{\"adapts\":" + (options.adapt ? "true" : "false") +
                     ",\"requestedHz\":" + std::to_string(options.fast_hz) + ",\"last\":" + last_guard_json + "},\"lateness\":" + lateness_json + ",\"gpus\":[";
  for (const auto& gpu : gpus) {
    json += std::string(gpu == gpus.front() ? "" : ",") + "{\"index\":" + std::to_string(gpu->index) + ",\"uuid\":" + json_text(gpu->uuid) +
            ",\"name\":" + json_text(gpu->name) + ",\"pciBusId\":" + json_text(gpu->bus_id) + ",\"state\":" + json_text(gpu->state) + ",\"migInstanceIds\":[";
    for (size_t at = 0; at < gpu->mig.size(); ++at) json += (at == 0 ? "" : ",") + std::to_string(gpu->mig[at].gpu_instance);
    json += "],\"absent\":[";
    // A metric that is known to be absent needs no guess besides.
    std::map<std::string, std::string> absent = gpu->silent;
    for (const auto& [metric, reason] : gpu->absent) absent[metric] = reason;
    for (const auto& [metric, reason] : absent) {
      json += std::string(metric == absent.begin()->first ? "" : ",") + "{\"metric\":" + json_text(metric) + ",\"reason\":" + json_text(reason) + "}";
    }
    const std::string& quick = gpu->series_json[0];
    const std::string& slow = gpu->series_json[1];
    json += "],\"metrics\":[" + quick + (quick.empty() || slow.empty() ? "" : ",") + slow + "]}";
  }
  return json + "]}";
}

}  // namespace fluidscope
