#include "readers.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

void add_links(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  add_u32(session, gpu, Tier::links, Metric::pcie_link_generation_index, nvml->nvmlDeviceGetCurrPcieLinkGeneration);
  add_u32(session, gpu, Tier::links, Metric::pcie_link_width_count, nvml->nvmlDeviceGetCurrPcieLinkWidth);
  add_u32(session, gpu, Tier::links, Metric::fan_speed_pct, nvml->nvmlDeviceGetFanSpeed_v2, uint32_t{0});
  constexpr struct { uint32_t counter; Metric metric; } errors[] = {
      {0, Metric::nvlink_replay_errors_count}, {1, Metric::nvlink_recovery_errors_count}, {2, Metric::nvlink_crc_errors_count}};
  const Device device = gpu.handle;
  for (const auto& error : errors) {
    add(session, gpu, Tier::links, {error.metric}, nvml->nvmlDeviceGetNvLinkErrorCounter != nullptr, [=](Context& context) -> Return {
      bool any = false;
      for (uint32_t link = 0; link < 18; ++link) {
        uint64_t count = 0;
        const Return answer = context.call([&] { return nvml->nvmlDeviceGetNvLinkErrorCounter(device, link, error.counter, &count); });
        // A link that does not exist or is not active: 2 is "no such link".
        if (answer == nvml::code::invalid_argument || nvml::is_absent(answer)) continue;
        if (answer != 0) return answer;
        context.emit_counter(error.metric, count, link + 1);
        any = true;
      }
      return any ? nvml::code::success : nvml::code::not_supported;
    });
  }
}

void add_inventory(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  add(session, gpu, Tier::inventory, {Metric::pcie_replay_count}, nvml->nvmlDeviceGetPcieReplayCounter != nullptr, [=](Context& context) {
    uint32_t count = 0;
    const Return answer = context.call([&] { return nvml->nvmlDeviceGetPcieReplayCounter(device, &count); });
    if (answer == 0) context.emit_counter(Metric::pcie_replay_count, count);
    return answer;
  });
  for (uint32_t kind = 0; kind < 2; ++kind) {
    const Metric metric = kind == 0 ? Metric::ecc_corrected_count : Metric::ecc_uncorrected_count;
    add(session, gpu, Tier::inventory, {metric}, nvml->nvmlDeviceGetTotalEccErrors != nullptr, [=](Context& context) {
      uint64_t count = 0;
      const Return answer = context.call([&] { return nvml->nvmlDeviceGetTotalEccErrors(device, kind, 1, &count); });
      if (answer == 0) context.emit_counter(metric, count);
      return answer;
    });
  }
  add(session, gpu, Tier::inventory,
      {Metric::remapped_rows_corrected_count, Metric::remapped_rows_uncorrected_count, Metric::remapped_rows_pending_count, Metric::remapped_rows_failed_count},
      nvml->nvmlDeviceGetRemappedRows != nullptr, [=](Context& context) {
    uint32_t corrected = 0, uncorrected = 0, pending = 0, failed = 0;
    const Return answer = context.call([&] { return nvml->nvmlDeviceGetRemappedRows(device, &corrected, &uncorrected, &pending, &failed); });
    if (answer != 0) return answer;
    context.emit_counter(Metric::remapped_rows_corrected_count, corrected);
    context.emit_counter(Metric::remapped_rows_uncorrected_count, uncorrected);
    context.emit(Metric::remapped_rows_pending_count, pending);
    context.emit(Metric::remapped_rows_failed_count, failed);
    return answer;
  });
}

}  // namespace fluidscope
