#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "durations.h"
#include "session.h"
#include "wait-for.h"

namespace fluidscope {

namespace {

/** How often the supervisor looks whether it is needed: no longer than a lane may sleep, so that it delays no stop. */
constexpr uint64_t look_ns = 100 * ms;

std::string text_of(nvml::Return (*get)(char*, uint32_t)) {
  char text[96] = "";
  return get != nullptr && get(text, 80) == 0 ? std::string(text, strnlen(text, sizeof text)) : std::string();
}

/** Rule 6. */
template <typename Call>
auto announced(Session& session, const char* name, Call&& make) {
  session.enter_driver_call(name);
  auto answer = make();
  session.leave_driver_call();
  return answer;
}

std::shared_ptr<Gpu> open_gpu(Session& session, uint32_t index) {
  const nvml::Library& nvml = session.nvml;
  auto gpu = std::make_shared<Gpu>();
  gpu->index = static_cast<uint16_t>(index);
  const nvml::Return answer = nvml.nvmlDeviceGetHandleByIndex_v2(index, &gpu->handle);
  if (answer != 0) {
    gpu->dropped = true;
    session.set_gpu_state(*gpu, answer == nvml::code::gpu_lost ? "lost" : answer == nvml::code::no_permission ? "no_permission" : "unopened",
                          "NVML answers " + std::to_string(answer));
    return gpu;
  }
  char text[96] = "";
  if (nvml.nvmlDeviceGetUUID != nullptr && nvml.nvmlDeviceGetUUID(gpu->handle, text, sizeof text) == 0) gpu->uuid = text;
  if (nvml.nvmlDeviceGetName != nullptr && nvml.nvmlDeviceGetName(gpu->handle, text, sizeof text) == 0) gpu->name = text;
  nvml::PciInfo pci{};
  if (nvml.nvmlDeviceGetPciInfo_v3 != nullptr && nvml.nvmlDeviceGetPciInfo_v3(gpu->handle, &pci) == 0) {
    gpu->bus_id.assign(pci.busId, strnlen(pci.busId, sizeof pci.busId));
  }
  uint32_t instances = 0;
  if (nvml.nvmlDeviceGetMaxMigDeviceCount != nullptr && nvml.nvmlDeviceGetMigDeviceHandleByIndex != nullptr &&
      nvml.nvmlDeviceGetGpuInstanceId != nullptr && nvml.nvmlDeviceGetMaxMigDeviceCount(gpu->handle, &instances) == 0) {
    for (uint32_t at = 0; at < instances; ++at) {
      MigInstance instance{};
      if (nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu->handle, at, &instance.handle) != 0) continue;
      if (nvml.nvmlDeviceGetGpuInstanceId(instance.handle, &instance.gpu_instance) == 0) gpu->mig.push_back(instance);
    }
  }
  furnish(session, *gpu);
  return gpu;
}

/** On a thread of its own, since even this can hang; such a GPU is stalled, and all are opened anew when it comes back. */
std::shared_ptr<Gpu> open_watched(const std::shared_ptr<Session>& session, uint32_t index) {
  const auto known = session->late.find(index);
  const bool still_hangs = known != session->late.end();
  auto opening = still_hangs ? known->second : std::make_shared<Opening>();
  if (!still_hangs) {
    std::thread thread([session, opening, index] {
      block_signals();
      opening->gpu = open_gpu(*session, index);
      opening->done.store(true, std::memory_order_release);
    });
    if (wait_for(opening->done, session->options.stall_ms * ms)) {
      thread.join();
      return opening->gpu;
    }
    thread.detach();
    session->late.emplace(index, opening);
  }
  auto gpu = std::make_shared<Gpu>();
  gpu->index = static_cast<uint16_t>(index);
  gpu->dropped = true;
  session->set_gpu_state(*gpu, "stalled", "it has not opened within " + std::to_string(session->options.stall_ms) + " ms");
  return gpu;
}

bool has_late_return(const Session& session) {
  return std::any_of(session.late.begin(), session.late.end(), [](const auto& each) { return each.second->done.load(std::memory_order_acquire); });
}

/** Runs lanes and events until told to stop or until the driver goes. False when a thread hangs: then nothing may be shut down. */
bool stream(const std::shared_ptr<Session>& session) {
  session->lanes_stopping = false;
  session->calibrate_until_ns = monotonic_ns() + session->options.calibrate_ms * ms;
  {
    const std::lock_guard<std::mutex> lock(session->workers_mutex);
    session->workers.push_back(start_lane(session, LaneKind::quick));
    session->workers.push_back(start_lane(session, LaneKind::slow));
  }
  auto events_done = std::make_shared<std::atomic<bool>>(false);
  std::thread events([session, events_done] {
    block_signals();
    pthread_setname_np(pthread_self(), "nvml-events");
    run_events(session);
    events_done->store(true, std::memory_order_release);
  });
  while (!session->stopping && !session->driver_gone && !has_late_return(*session)) sleep_until_ns(monotonic_ns() + look_ns);
  session->lanes_stopping = true;
  bool clean = wait_for(*events_done, stop_patience_ns);
  if (clean) events.join(); else events.detach();
  const std::lock_guard<std::mutex> lock(session->workers_mutex);
  for (const auto& worker : session->workers) {
    if (!worker->thread.joinable()) continue;
    if (wait_for(worker->done, worker->abandoned ? 0 : stop_patience_ns / 4)) {
      worker->thread.join();
    } else {
      worker->thread.detach();
      clean = false;
    }
  }
  return clean;
}

enum class End { refused, driver_gone, reopen, final };

/** One life of the driver. */
End live(const std::shared_ptr<Session>& session) {
  const nvml::Library& nvml = session->nvml;
  const nvml::Return answer = announced(*session, "nvmlInit_v2", [&] { return nvml.nvmlInit_v2(); });
  if (answer != 0) {
    session->set_state(nvml::state_of(answer), "nvmlInit_v2 answers " + std::to_string(answer));
    // A mismatch stays until this process ends; the others can pass.
    return answer == nvml::code::mismatch ? End::final : End::refused;
  }
  const std::string driver = announced(*session, "nvmlSystemGetDriverVersion", [&] { return text_of(nvml.nvmlSystemGetDriverVersion); });
  const std::string library = text_of(nvml.nvmlSystemGetNVMLVersion);
  session->driver_major = atoi(driver.c_str());
  uint32_t count = 0;
  const nvml::Return counted = announced(*session, "nvmlDeviceGetCount_v2", [&] { return nvml.nvmlDeviceGetCount_v2(&count); });
  if (session->stopping || counted != 0) {
    if (counted != 0) session->set_state(nvml::state_of(counted), "nvmlDeviceGetCount_v2 answers " + std::to_string(counted));
    nvml.nvmlShutdown();
    return End::refused;
  }
  std::vector<std::shared_ptr<Gpu>> gpus;
  for (uint32_t index = 0; index < std::min(count, 64u) && !session->stopping; ++index) gpus.push_back(open_watched(session, index));
  {
    const std::lock_guard<std::mutex> lock(session->text_mutex);
    session->gpus = std::move(gpus);
    session->driver_version = driver;
    session->nvml_version = library;
  }
  session->driver_gone = false;
  session->set_state(count == 0 ? "no_gpu" : "ready", count == 0 ? "NVML counts no GPU" : "");
  const bool clean = stream(session);
  const bool reopens = has_late_return(*session);
  if (!clean) {
    if (!session->stopping) session->set_state("driver_gone", "a call hangs in the driver: to see its GPUs again, start this process anew");
    return End::final;
  }
  // Readers own GPM samples, which must be freed before the library is shut down.
  for (auto each = session->late.begin(); each != session->late.end();) each = each->second->done ? session->late.erase(each) : std::next(each);
  {
    const std::lock_guard<std::mutex> lock(session->text_mutex);
    session->gpus.clear();
  }
  if (session->late.empty()) nvml.nvmlShutdown();
  if (session->stopping || reopens) return End::reopen;
  session->set_state("driver_gone", "the driver was unloaded or reloaded");
  return End::driver_gone;
}

}  // namespace

void supervise(const std::shared_ptr<Session>& session) {
  const nvml::LoadResult loaded = announced(*session, "dlopen", [&] { return nvml::load(session->options.library, session->nvml); });
  if (std::string(loaded.state) != "ready") return session->set_state(loaded.state, loaded.detail);
  uint64_t pause_ns = session->options.retry_ms * ms;
  while (!session->stopping) {
    const End end = live(session);
    if (end == End::final) return;
    if (end != End::refused) pause_ns = session->options.retry_ms * ms;
    if (end == End::reopen) continue;
    const uint64_t until = monotonic_ns() + pause_ns;
    while (!session->stopping && monotonic_ns() < until) sleep_until_ns(monotonic_ns() + 20 * ms);
    pause_ns = std::min(2 * pause_ns, 30 * second);
  }
}

}  // namespace fluidscope
