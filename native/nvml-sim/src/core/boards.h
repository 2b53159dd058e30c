#pragma once
/** What does not change of each kind of GPU: published figures, where a comment says nothing else. */
#include <cstddef>
#include <cstdint>

namespace fluidscope::nvml_sim {

constexpr uint64_t gib = 1ull << 30;

struct Board {
  const char *key, *name;
  uint32_t number, arch, compute_major, compute_minor;
  uint64_t memory_bytes;
  /** An estimate. */
  uint32_t idle_mw;
  uint32_t limit_mw, limit_min_mw, limit_max_mw;
  uint32_t max_sm_mhz, max_memory_mhz, idle_sm_mhz;
  uint32_t nvlink_count, nvlink_version, nvlink_mbps, pcie_generation, multiprocessors, cores, memory_bus_bits;
  uint32_t brand, pci_device_id, pci_subsystem_id;
  const char *part_number, *vbios;
  bool has_fan, has_average_power, has_gpm, has_ecc, has_mig, has_serial;
};

constexpr Board boards[] = {
    {"h100", "NVIDIA H100 80GB HBM3", 0, 9, 9, 0, 80 * gib, 70'000, 700'000, 200'000, 700'000, 1980, 2619, 345,
     18, 4, 26'562, 5, 132, 16'896, 5120, 14, 0x233010de, 0x16c110de, "692-2G520-0200-000", "96.00.5E.00.01", false, true, true, true, true, true},
    {"a100", "NVIDIA A100-SXM4-80GB", 1, 7, 8, 0, 80 * gib, 55'000, 400'000, 100'000, 400'000, 1410, 1593, 210,
     12, 3, 25'000, 4, 108, 6912, 5120, 14, 0x20b210de, 0x147f10de, "692-2G506-0212-002", "92.00.36.00.02", false, false, false, true, true, true},
    {"l4", "NVIDIA L4", 2, 8, 8, 9, 24 * gib, 16'000, 72'000, 40'000, 72'000, 2040, 6251, 210,
     0, 0, 0, 4, 58, 7424, 192, 14, 0x27b810de, 0x16ca10de, "900-2G193-0000-000", "95.04.29.00.06", false, true, false, true, false, true},
    {"rtx4090", "NVIDIA GeForce RTX 4090", 3, 8, 8, 9, 24 * gib, 25'000, 450'000, 150'000, 600'000, 2520, 10'501, 210,
     0, 0, 0, 4, 128, 16'384, 384, 5, 0x268410de, 0x16f410de, "", "95.02.3C.40.8C", true, true, false, false, false, false},
};
constexpr uint32_t board_count = sizeof boards / sizeof boards[0];

}  // namespace fluidscope::nvml_sim
