#include <algorithm>

#include "durations.h"
#include "readers.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

namespace {

void add_process_utilization(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  auto last_us = std::make_shared<uint64_t>(0);
  auto rows = std::make_shared<std::vector<nvml::ProcessUtilization>>(256);
  add(session, gpu, Tier::processes, {Metric::process_sm_pct, Metric::process_memory_pct, Metric::process_encoder_pct, Metric::process_decoder_pct},
      nvml->nvmlDeviceGetProcessUtilization != nullptr, [=](Context& context) -> Return {
    auto count = static_cast<uint32_t>(rows->size());
    const Return answer = context.call([&] { return nvml->nvmlDeviceGetProcessUtilization(device, rows->data(), &count, *last_us); });
    if (answer == nvml::code::insufficient_size && count < 65536) rows->resize(count + 64);
    if (answer == nvml::code::not_found || answer == nvml::code::insufficient_size) return 0;
    if (answer != 0) return answer;
    const uint64_t offset_ns = wall_minus_monotonic_ns();
    uint64_t newest_us = *last_us;
    for (uint32_t at = 0; at < count && at < rows->size(); ++at) {
      const nvml::ProcessUtilization& row = (*rows)[at];
      if (row.timeStamp <= *last_us || row.timeStamp * ns_per_us < offset_ns || row.pid == 0) continue;
      newest_us = std::max(newest_us, row.timeStamp);
      const uint64_t at_ns = row.timeStamp * ns_per_us - offset_ns;
      context.emit(Metric::process_sm_pct, row.sm, row.pid, flag_buffered, at_ns);
      context.emit(Metric::process_memory_pct, row.mem, row.pid, flag_buffered, at_ns);
      context.emit(Metric::process_encoder_pct, row.enc, row.pid, flag_buffered, at_ns);
      context.emit(Metric::process_decoder_pct, row.dec, row.pid, flag_buffered, at_ns);
    }
    *last_us = newest_us;
    return 0;
  });
}

void add_process_list(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  // Early 535 drivers wrote elements of 32 bytes under the same name; these two symbols tell them from all others.
  const size_t stride = nvml->nvmlDeviceGetConfComputeMemSizeInfo != nullptr && nvml->nvmlDeviceGetRunningProcessDetailList == nullptr &&
                                session.driver_major == 535 ? 32 : sizeof(nvml::ProcessInfo);
  auto bytes = std::make_shared<std::vector<uint64_t>>(256 * 32 / 8);
  add(session, gpu, Tier::inventory, {Metric::process_memory_used_bytes, Metric::process_count},
      nvml->nvmlDeviceGetComputeRunningProcesses_v3 != nullptr, [=](Context& context) -> Return {
    // Room for the wider element whatever the stride.
    auto count = static_cast<uint32_t>(bytes->size() * 8 / 32);
    const uint32_t room = count;
    const Return answer = context.call([&] { return nvml->nvmlDeviceGetComputeRunningProcesses_v3(device, &count, bytes->data()); });
    if (answer == nvml::code::insufficient_size && count > room && count < 65536) bytes->resize((count + 64) * 4);
    if (answer == nvml::code::insufficient_size) return 0;
    if (answer != 0) return answer;
    context.emit(Metric::process_count, count);
    for (uint32_t at = 0; at < count && at < room; ++at) {
      const uint64_t* const row = bytes->data() + at * stride / 8;
      if (row[1] != UINT64_MAX) context.emit(Metric::process_memory_used_bytes, static_cast<double>(row[1]), static_cast<uint32_t>(row[0]));
    }
    return 0;
  });
}

}  // namespace

void add_processes(Session& session, Gpu& gpu) {
  add_process_utilization(session, gpu);
  add_process_list(session, gpu);
}

}  // namespace fluidscope
