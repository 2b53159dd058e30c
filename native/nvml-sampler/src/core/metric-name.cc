#include "session.h"

namespace fluidscope {

const char* name_of(Metric metric) {
  switch (metric) {
    case Metric::sm_clock_mhz: return "sm_clock_mhz";
    case Metric::memory_clock_mhz: return "memory_clock_mhz";
    case Metric::clocks_event_reasons_mask: return "clocks_event_reasons_mask";
    case Metric::performance_state_index: return "performance_state_index";
    case Metric::power_instant_mw: return "power_instant_mw";
    case Metric::energy_mj: return "energy_mj";
    case Metric::throttle_power_cap_ns: return "throttle_power_cap_ns";
    case Metric::throttle_sync_boost_ns: return "throttle_sync_boost_ns";
    case Metric::throttle_thermal_sw_ns: return "throttle_thermal_sw_ns";
    case Metric::throttle_thermal_hw_ns: return "throttle_thermal_hw_ns";
    case Metric::throttle_power_brake_ns: return "throttle_power_brake_ns";
    case Metric::pcie_tx_bytes: return "pcie_tx_bytes";
    case Metric::pcie_rx_bytes: return "pcie_rx_bytes";
    case Metric::nvlink_tx_kib: return "nvlink_tx_kib";
    case Metric::nvlink_rx_kib: return "nvlink_rx_kib";
    case Metric::memory_used_bytes: return "memory_used_bytes";
    case Metric::memory_free_bytes: return "memory_free_bytes";
    case Metric::memory_reserved_bytes: return "memory_reserved_bytes";
    case Metric::memory_total_bytes: return "memory_total_bytes";
    case Metric::power_average_mw: return "power_average_mw";
    case Metric::utilization_gpu_pct: return "utilization_gpu_pct";
    case Metric::utilization_memory_pct: return "utilization_memory_pct";
    case Metric::temperature_gpu_celsius: return "temperature_gpu_celsius";
    case Metric::temperature_memory_celsius: return "temperature_memory_celsius";
    case Metric::power_limit_mw: return "power_limit_mw";
    case Metric::power_buffered_mw: return "power_buffered_mw";
    case Metric::utilization_gpu_buffered_pct: return "utilization_gpu_buffered_pct";
    case Metric::utilization_memory_buffered_pct: return "utilization_memory_buffered_pct";
    case Metric::gpm_graphics_pct: return "gpm_graphics_pct";
    case Metric::gpm_sm_pct: return "gpm_sm_pct";
    case Metric::gpm_sm_occupancy_pct: return "gpm_sm_occupancy_pct";
    case Metric::gpm_tensor_pct: return "gpm_tensor_pct";
    case Metric::gpm_dram_pct: return "gpm_dram_pct";
    case Metric::gpm_pcie_tx_mib_per_s: return "gpm_pcie_tx_mib_per_s";
    case Metric::gpm_pcie_rx_mib_per_s: return "gpm_pcie_rx_mib_per_s";
    case Metric::gpm_nvlink_rx_mib_per_s: return "gpm_nvlink_rx_mib_per_s";
    case Metric::gpm_nvlink_tx_mib_per_s: return "gpm_nvlink_tx_mib_per_s";
    case Metric::pcie_link_generation_index: return "pcie_link_generation_index";
    case Metric::pcie_link_width_count: return "pcie_link_width_count";
    case Metric::fan_speed_pct: return "fan_speed_pct";
    case Metric::nvlink_crc_errors_count: return "nvlink_crc_errors_count";
    case Metric::nvlink_replay_errors_count: return "nvlink_replay_errors_count";
    case Metric::nvlink_recovery_errors_count: return "nvlink_recovery_errors_count";
    case Metric::process_sm_pct: return "process_sm_pct";
    case Metric::process_memory_pct: return "process_memory_pct";
    case Metric::process_encoder_pct: return "process_encoder_pct";
    case Metric::process_decoder_pct: return "process_decoder_pct";
    case Metric::process_memory_used_bytes: return "process_memory_used_bytes";
    case Metric::process_count: return "process_count";
    case Metric::pcie_replay_count: return "pcie_replay_count";
    case Metric::ecc_corrected_count: return "ecc_corrected_count";
    case Metric::ecc_uncorrected_count: return "ecc_uncorrected_count";
    case Metric::remapped_rows_corrected_count: return "remapped_rows_corrected_count";
    case Metric::remapped_rows_uncorrected_count: return "remapped_rows_uncorrected_count";
    case Metric::remapped_rows_pending_count: return "remapped_rows_pending_count";
    case Metric::remapped_rows_failed_count: return "remapped_rows_failed_count";
    case Metric::xid_index: return "xid_index";
  }
  return "unknown";
}

}  // namespace fluidscope
