#include <ctime>

#include "session.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

namespace {

constexpr uint64_t ns_per_us = 1000;

/** A u32 getter: one value, one metric. */
template <typename Function, typename... Leading>
void add_u32(Session& session, Gpu& gpu, Tier tier, Metric metric, Function function, Leading... leading) {
  if (function == nullptr) return session.set_absent(gpu, {metric}, "this library has no such function");
  const Device device = gpu.handle;
  gpu.desks[static_cast<size_t>(lane_of(tier))].readers.push_back({tier, {metric}, [=](Context& context) {
    uint32_t value = 0;
    const Return answer = context.call([&] { return function(device, leading..., &value); });
    if (answer == 0) context.emit(metric, value);
    return answer;
  }});
}

void add(Session& session, Gpu& gpu, Tier tier, std::vector<Metric> metrics, bool exists,
         std::function<Return(Context&)> read) {
  if (!exists) return session.set_absent(gpu, metrics, "this library has no such function");
  gpu.desks[static_cast<size_t>(lane_of(tier))].readers.push_back({tier, std::move(metrics), std::move(read)});
}

struct Field {
  uint32_t id;
  Metric metric;
  bool counter;
  uint32_t scope = 0;
  bool absent = false;
  /** Throttle time whose field id may mean something else on this driver: it must grow, and no faster than time. */
  bool must_be_time = false;
  double last = -1;
  uint64_t last_ns = 0;
};

bool number_of(const nvml::FieldValue& field, double& real, uint64_t& whole) {
  switch (field.valueType) {
    case 0: real = field.value.d; whole = real < 0 ? 0 : static_cast<uint64_t>(real); return true;
    case 1: whole = field.value.ui; break;
    case 2: case 3: whole = field.value.ull; break;
    case 4: real = static_cast<double>(field.value.sll); whole = field.value.sll < 0 ? 0 : static_cast<uint64_t>(field.value.sll); return true;
    case 5: real = field.value.si; whole = field.value.si < 0 ? 0 : static_cast<uint64_t>(field.value.si); return true;
    case 6: whole = field.value.us; break;
    default: return false;
  }
  real = static_cast<double>(whole);
  return true;
}

bool is_plausible_time(Field& field, double value, uint64_t at_ns) {
  const double elapsed_ns = static_cast<double>(at_ns - field.last_ns);
  const bool plausible = field.last < 0 || (value >= field.last && value - field.last <= elapsed_ns * 1.1 + 0.5e9);
  field.last = value;
  field.last_ns = at_ns;
  return plausible;
}

/** Many fields in one call: the call can succeed while entries fail, so each is checked. */
void add_fields(Session& session, Gpu& gpu, Tier tier, std::vector<Field> fields) {
  std::vector<Metric> metrics;
  for (const Field& field : fields) metrics.push_back(field.metric);
  auto shared = std::make_shared<std::vector<Field>>(std::move(fields));
  auto values = std::make_shared<std::vector<nvml::FieldValue>>(shared->size());
  Session* const owner = &session;
  Gpu* const owned = &gpu;
  add(session, gpu, tier, metrics, session.nvml.nvmlDeviceGetFieldValues != nullptr, [=](Context& context) -> Return {
    int32_t count = 0;
    for (const Field& field : *shared) {
      if (!field.absent) (*values)[static_cast<size_t>(count++)] = {field.id, field.scope, 0, 0, 0, nvml::code::unknown, {}};
    }
    if (count == 0) return nvml::code::not_supported;
    const Return answer = context.call([&] { return owner->nvml.nvmlDeviceGetFieldValues(owned->handle, count, values->data()); });
    if (answer != 0) return answer;
    size_t at = 0;
    Return serious = 0;
    for (Field& field : *shared) {
      if (field.absent) continue;
      const nvml::FieldValue& value = (*values)[at++];
      double real = 0;
      uint64_t whole = 0;
      if (value.result != 0 || !number_of(value, real, whole)) {
        const bool transient = value.result == nvml::code::gpu_lost || value.result == nvml::code::unknown ||
                               value.result == nvml::code::uninitialized || value.result == nvml::code::reset_required;
        if (transient && value.result != nvml::code::unknown) serious = value.result;
        if (transient) continue;
        field.absent = true;
        owner->set_absent(*owned, {field.metric}, "field " + std::to_string(field.id) + " answers " + std::to_string(value.result));
      } else if (field.must_be_time && !is_plausible_time(field, real, context.before_ns)) {
        field.absent = true;
        owner->set_absent(*owned, {field.metric}, "field " + std::to_string(field.id) + " does not behave as a time on this driver");
      } else if (field.counter) {
        context.emit_counter(field.metric, whole);
      } else {
        context.emit(field.metric, real);
      }
    }
    return serious;
  });
}

/** The thermal and brake times moved: 251 to 253 on 575 and early 580, 269 to 271 later; elsewhere those ids are power smoothing. */
uint32_t first_thermal_field(Session& session, const Gpu& gpu) {
  if (session.driver_major < 575 || session.nvml.nvmlDeviceGetFieldValues == nullptr) return 0;
  if (session.driver_major < 580) return 251;
  if (session.driver_major > 580) return 269;
  nvml::FieldValue probe{269, 0, 0, 0, 0, nvml::code::unknown, {}};
  const Return answer = session.nvml.nvmlDeviceGetFieldValues(gpu.handle, 1, &probe);
  return answer == 0 && probe.result == 0 && (probe.valueType == 2 || probe.valueType == 3) ? 269 : 251;
}

void add_fast(Session& session, Gpu& gpu) {
  const nvml::Library& nvml = session.nvml;
  add_u32(session, gpu, Tier::fast, Metric::sm_clock_mhz, nvml.nvmlDeviceGetClockInfo, uint32_t{1});
  add_u32(session, gpu, Tier::fast, Metric::memory_clock_mhz, nvml.nvmlDeviceGetClockInfo, uint32_t{2});
  auto* const reasons = nvml.nvmlDeviceGetCurrentClocksEventReasons != nullptr ? nvml.nvmlDeviceGetCurrentClocksEventReasons
                                                                               : nvml.nvmlDeviceGetCurrentClocksThrottleReasons;
  const Device device = gpu.handle;
  add(session, gpu, Tier::fast, {Metric::clocks_event_reasons_mask}, reasons != nullptr, [=](Context& context) {
    uint64_t mask = 0;
    const Return answer = context.call([&] { return reasons(device, &mask); });
    if (answer == 0) context.emit(Metric::clocks_event_reasons_mask, static_cast<double>(mask));
    return answer;
  });
  add_u32(session, gpu, Tier::fast, Metric::performance_state_index, nvml.nvmlDeviceGetPerformanceState);
  add_fields(session, gpu, Tier::fast, {{186, Metric::power_instant_mw, false}});
}

void add_memory(Session& session, Gpu& gpu, Device device, uint32_t sub_id) {
  const nvml::Library* const nvml = &session.nvml;
  const bool has_v2 = nvml->nvmlDeviceGetMemoryInfo_v2 != nullptr;
  std::vector<Metric> metrics{Metric::memory_used_bytes, Metric::memory_free_bytes, Metric::memory_total_bytes};
  if (has_v2) metrics.push_back(Metric::memory_reserved_bytes);
  add(session, gpu, Tier::counters, metrics, has_v2 || nvml->nvmlDeviceGetMemoryInfo != nullptr, [=](Context& context) {
    nvml::MemoryV2 memory{nvml::version_word(sizeof(nvml::MemoryV2), 2), 0, 0, 0, 0};
    nvml::Memory older{};
    const Return answer = context.call([&] {
      return has_v2 ? nvml->nvmlDeviceGetMemoryInfo_v2(device, &memory) : nvml->nvmlDeviceGetMemoryInfo(device, &older);
    });
    if (answer != 0) return answer;
    context.emit(Metric::memory_used_bytes, static_cast<double>(has_v2 ? memory.used : older.used), sub_id);
    context.emit(Metric::memory_free_bytes, static_cast<double>(has_v2 ? memory.free : older.free), sub_id);
    context.emit(Metric::memory_total_bytes, static_cast<double>(has_v2 ? memory.total : older.total), sub_id);
    if (has_v2) context.emit(Metric::memory_reserved_bytes, static_cast<double>(memory.reserved), sub_id);
    return answer;
  });
}

void add_counters(Session& session, Gpu& gpu) {
  std::vector<Field> fields{
      {83, Metric::energy_mj, true},           {74, Metric::throttle_power_cap_ns, true},
      {76, Metric::throttle_sync_boost_ns, true}, {197, Metric::pcie_tx_bytes, true},
      {198, Metric::pcie_rx_bytes, true},      {138, Metric::nvlink_tx_kib, true, nvml::all_scopes},
      {139, Metric::nvlink_rx_kib, true, nvml::all_scopes}, {185, Metric::power_average_mw, false},
  };
  if (const uint32_t first = first_thermal_field(session, gpu); first != 0) {
    fields.push_back({first, Metric::throttle_thermal_sw_ns, true, 0, false, true});
    fields.push_back({first + 1, Metric::throttle_thermal_hw_ns, true, 0, false, true});
    fields.push_back({first + 2, Metric::throttle_power_brake_ns, true, 0, false, true});
  } else {
    session.set_absent(gpu, {Metric::throttle_thermal_sw_ns, Metric::throttle_thermal_hw_ns, Metric::throttle_power_brake_ns},
                       "drivers before 575 do not count them");
  }
  add_fields(session, gpu, Tier::counters, std::move(fields));
  add_memory(session, gpu, gpu.handle, 0);
  for (const MigInstance& instance : gpu.mig) add_memory(session, gpu, instance.handle, instance.gpu_instance + 1);
}

void add_gauges(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  add(session, gpu, Tier::gauges, {Metric::utilization_gpu_pct, Metric::utilization_memory_pct},
      nvml->nvmlDeviceGetUtilizationRates != nullptr, [=](Context& context) {
    nvml::Utilization used{};
    const Return answer = context.call([&] { return nvml->nvmlDeviceGetUtilizationRates(device, &used); });
    if (answer != 0) return answer;
    context.emit(Metric::utilization_gpu_pct, used.gpu);
    context.emit(Metric::utilization_memory_pct, used.memory);
    return answer;
  });
  if (nvml->nvmlDeviceGetTemperatureV != nullptr) {
    add(session, gpu, Tier::gauges, {Metric::temperature_gpu_celsius}, true, [=](Context& context) {
      nvml::TemperatureV heat{nvml::version_word(sizeof(nvml::TemperatureV), 1), 0, 0};
      const Return answer = context.call([&] { return nvml->nvmlDeviceGetTemperatureV(device, &heat); });
      if (answer == 0) context.emit(Metric::temperature_gpu_celsius, heat.temperature);
      return answer;
    });
  } else {
    add_u32(session, gpu, Tier::gauges, Metric::temperature_gpu_celsius, nvml->nvmlDeviceGetTemperature, uint32_t{0});
  }
  add_fields(session, gpu, Tier::gauges, {{82, Metric::temperature_memory_celsius, false}});
  add_u32(session, gpu, Tier::gauges, Metric::power_limit_mw, nvml->nvmlDeviceGetEnforcedPowerLimit);
}

uint64_t wall_minus_monotonic_ns() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  return static_cast<uint64_t>(wall.tv_sec) * 1000000000u + static_cast<uint64_t>(wall.tv_nsec) - monotonic_ns();
}

/** The driver's own ring of samples, with its wall-clock times; drained every 2 s, so none of its about 72 is lost. */
void add_buffered(Session& session, Gpu& gpu, uint32_t type, Metric metric) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  auto last_us = std::make_shared<uint64_t>(0);
  auto samples = std::make_shared<std::vector<nvml::Sample>>(256);
  add(session, gpu, Tier::buffered, {metric}, nvml->nvmlDeviceGetSamples != nullptr, [=](Context& context) -> Return {
    uint32_t value_type = 0, count = static_cast<uint32_t>(samples->size());
    const Return answer = context.call([&] {
      return nvml->nvmlDeviceGetSamples(device, type, *last_us, &value_type, &count, samples->data());
    });
    if (answer == nvml::code::not_found || answer == nvml::code::timeout) return 0;
    if (answer != 0) return answer;
    const uint64_t offset_ns = wall_minus_monotonic_ns();
    for (uint32_t at = 0; at < count && at < samples->size(); ++at) {
      const nvml::Sample& sample = (*samples)[at];
      if (sample.timeStamp <= *last_us || sample.timeStamp * ns_per_us < offset_ns) continue;
      *last_us = sample.timeStamp;
      nvml::FieldValue typed{0, 0, 0, 0, value_type, 0, sample.value};
      double real = 0;
      uint64_t whole = 0;
      if (!number_of(typed, real, whole)) continue;
      context.emit(metric, real, 0, flag_buffered, sample.timeStamp * ns_per_us - offset_ns);
    }
    return 0;
  });
}

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
      for (uint32_t link = 0; link < 18; ++link) {
        uint64_t count = 0;
        const Return answer = context.call([&] { return nvml->nvmlDeviceGetNvLinkErrorCounter(device, link, error.counter, &count); });
        // The first link that does not exist ends the list; a GPU without any has no such sensor.
        if (answer != 0) return link > 0 && (answer == 2 || nvml::is_absent(answer)) ? 0 : answer;
        context.emit_counter(error.metric, count, link + 1);
      }
      return 0;
    });
  }
}

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

void add_inventory(Session& session, Gpu& gpu) {
  const nvml::Library* const nvml = &session.nvml;
  const Device device = gpu.handle;
  add_u32(session, gpu, Tier::inventory, Metric::pcie_replay_count, nvml->nvmlDeviceGetPcieReplayCounter);
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

}  // namespace

void furnish(Session& session, Gpu& gpu) {
  add_fast(session, gpu);
  add_counters(session, gpu);
  add_gauges(session, gpu);
  add_buffered(session, gpu, 0, Metric::power_buffered_mw);
  add_buffered(session, gpu, 1, Metric::utilization_gpu_buffered_pct);
  add_buffered(session, gpu, 2, Metric::utilization_memory_buffered_pct);
  add_gpm(session, gpu);
  add_links(session, gpu);
  add_process_utilization(session, gpu);
  add_process_list(session, gpu);
  add_inventory(session, gpu);
}

}  // namespace fluidscope
