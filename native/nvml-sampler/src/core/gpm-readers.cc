#include <iterator>

#include "readers.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

namespace {

struct GpmPair {
  explicit GpmPair(const nvml::Library& library) : nvml(library) {}
  GpmPair(const GpmPair&) = delete;
  GpmPair& operator=(const GpmPair&) = delete;
  ~GpmPair() {
    for (nvml::GpmSample sample : samples) {
      if (sample != nullptr && nvml.nvmlGpmSampleFree != nullptr) nvml.nvmlGpmSampleFree(sample);
    }
  }
  const nvml::Library& nvml;
  nvml::GpmSample samples[2] = {nullptr, nullptr};
  uint64_t taken_ns = 0;
  nvml::GpmMetrics metrics{};
};

constexpr struct { uint32_t id; Metric metric; } gpm_metrics[] = {
    {1, Metric::gpm_graphics_pct},       {2, Metric::gpm_sm_pct},           {3, Metric::gpm_sm_occupancy_pct},
    {5, Metric::gpm_tensor_pct},         {10, Metric::gpm_dram_pct},        {20, Metric::gpm_pcie_tx_mib_per_s},
    {21, Metric::gpm_pcie_rx_mib_per_s}, {60, Metric::gpm_nvlink_rx_mib_per_s}, {61, Metric::gpm_nvlink_tx_mib_per_s},
};

Return read_gpm(Context& context, GpmPair& pair, const std::function<Return(nvml::GpmSample)>& take, uint32_t sub_id) {
  const Return taken = context.call([&] { return take(pair.samples[1]); });
  if (taken != 0) return taken;
  const uint64_t from_ns = pair.taken_ns, at_ns = context.before_ns;
  const uint32_t took_ns = context.call_ns;
  // Under 100 ms the counters may not have moved: keep the older sample and ask again next time.
  if (from_ns != 0 && at_ns - from_ns < 100000000) return 0;
  pair.taken_ns = at_ns;
  std::swap(pair.samples[0], pair.samples[1]);
  if (from_ns == 0) return 0;
  pair.metrics.version = 1;
  pair.metrics.count = 0;
  pair.metrics.sample1 = pair.samples[1];
  pair.metrics.sample2 = pair.samples[0];
  for (const auto& each : gpm_metrics) pair.metrics.metrics[pair.metrics.count++] = {each.id, nvml::code::unknown, 0, nullptr, nullptr, nullptr};
  const Return answer = context.call([&] { return pair.nvml.nvmlGpmMetricsGet(&pair.metrics); });
  if (answer != 0) return answer;
  context.before_ns = at_ns;
  context.call_ns = took_ns;
  for (size_t at = 0; at < std::size(gpm_metrics); ++at) {
    const nvml::GpmMetric& value = pair.metrics.metrics[at];
    if (value.result == 0 && value.value == value.value) context.emit(gpm_metrics[at].metric, value.value, sub_id, flag_window, from_ns);
  }
  return 0;
}

}  // namespace

void add_gpm(Session& session, Gpu& gpu) {
  std::vector<Metric> metrics;
  for (const auto& each : gpm_metrics) metrics.push_back(each.metric);
  const nvml::Library* const nvml = &session.nvml;
  if (nvml->nvmlGpmQueryDeviceSupport == nullptr || nvml->nvmlGpmMetricsGet == nullptr || nvml->nvmlGpmSampleAlloc == nullptr ||
      nvml->nvmlGpmSampleGet == nullptr) {
    return session.set_absent(gpu, metrics, "this library has no GPM");
  }
  nvml::GpmSupport support{1, 0};
  if (nvml->nvmlGpmQueryDeviceSupport(gpu.handle, &support) != 0 || support.supported == 0) {
    return session.set_absent(gpu, metrics, "this GPU has no GPM (Hopper and later do)");
  }
  const auto add_one = [&](std::function<Return(nvml::GpmSample)> take, uint32_t sub_id) {
    auto pair = std::make_shared<GpmPair>(*nvml);
    if (nvml->nvmlGpmSampleAlloc(&pair->samples[0]) != 0 || nvml->nvmlGpmSampleAlloc(&pair->samples[1]) != 0) return;
    add(session, gpu, Tier::gpm, metrics, true, [=](Context& context) { return read_gpm(context, *pair, take, sub_id); });
  };
  const Device device = gpu.handle;
  add_one([=](nvml::GpmSample sample) { return nvml->nvmlGpmSampleGet(device, sample); }, 0);
  if (nvml->nvmlGpmMigSampleGet == nullptr) return;
  for (const MigInstance& instance : gpu.mig) {
    const uint32_t id = instance.gpu_instance;
    add_one([=](nvml::GpmSample sample) { return nvml->nvmlGpmMigSampleGet(device, id, sample); }, id + 1);
  }
}

}  // namespace fluidscope
