#include "field-values.h"
#include "readers.h"

namespace fluidscope {

using nvml::Device;
using nvml::Return;

namespace {

nvml::FieldValue probe(const Session& session, const Gpu& gpu, uint32_t id) {
  nvml::FieldValue field{id, 0, 0, 0, 0, nvml::code::unknown, {}};
  const auto get = session.nvml.nvmlDeviceGetFieldValues;
  const Return answer = get == nullptr ? nvml::code::not_supported : get(gpu.handle, 1, &field);
  if (answer != 0) field.result = answer;
  return field;
}

/** Older drivers have no field for power. The classic call is a mean over a second on Ampere's smaller boards and later ones. */
void add_power(Session& session, Gpu& gpu) {
  const Return answer = probe(session, gpu, 186).result;
  if (answer != nvml::code::invalid_argument && !nvml::is_absent(answer)) {
    return add_fields(session, gpu, Tier::fast, {{186, Metric::power_instant_mw, false}});
  }
  uint32_t architecture = 0;
  const bool is_known = session.nvml.nvmlDeviceGetArchitecture != nullptr && session.nvml.nvmlDeviceGetArchitecture(gpu.handle, &architecture) == 0;
  const bool is_instant = is_known && (architecture < nvml::ampere || (architecture == nvml::ampere && gpu.name.find("A100") != std::string::npos));
  if (is_instant) return add_u32(session, gpu, Tier::fast, Metric::power_instant_mw, session.nvml.nvmlDeviceGetPowerUsage);
  session.set_absent(gpu, {Metric::power_instant_mw}, "this driver gives only the mean power of a second");
  if (probe(session, gpu, 185).result != 0) add_u32(session, gpu, Tier::counters, Metric::power_average_mw, session.nvml.nvmlDeviceGetPowerUsage);
}

/** The thermal and brake times moved: 251 to 253 on 575 and early 580, 269 to 271 later; elsewhere those ids are power smoothing. */
uint32_t first_thermal_field(Session& session, const Gpu& gpu) {
  if (session.driver_major < 575 || session.nvml.nvmlDeviceGetFieldValues == nullptr) return 0;
  if (session.driver_major < 580) return 251;
  if (session.driver_major > 580) return 269;
  const nvml::FieldValue field = probe(session, gpu, 269);
  return field.result == 0 && (field.valueType == 2 || field.valueType == 3) ? 269 : 251;
}

void add_memory(Session& session, Gpu& gpu, Device device, uint32_t sub_id) {
  const nvml::Library* const nvml = &session.nvml;
  const bool has_v2 = nvml->nvmlDeviceGetMemoryInfo_v2 != nullptr;
  std::vector<Metric> metrics{Metric::memory_used_bytes, Metric::memory_free_bytes, Metric::memory_total_bytes};
  if (has_v2) metrics.push_back(Metric::memory_reserved_bytes);
  else session.set_absent(gpu, {Metric::memory_reserved_bytes}, "this library has no such function");
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

}  // namespace

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
  add_power(session, gpu);
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

}  // namespace fluidscope
