#pragma once
/**
 * The state file that a simulator publishes and this library shows: little-endian, mapped read-only. README.md has the chapter that
 * both sides are written from; `core.test.ts` writes one from Node and reads values back through the library.
 */
#include <cstddef>
#include <cstdint>

namespace fluidscope::nvml_sim {

constexpr char state_magic[8] = {'F', 'S', 'N', 'V', 'S', 'I', 'M', '1'};
constexpr uint32_t layout_version = 1, slots_per_gpu = 256, max_gpus = 64, max_processes = 32, xid_ring_length = 64,
                   sample_ring_length = 128, max_links = 18;
/** The first per-link slot: link `l` has CRC, replay and recovery errors at 200 + 3 * l, + 1, + 2. */
constexpr uint32_t link_slot = 200;
/** Slot 150 to 158: the integral over time of GPM metric 50 to 58, in its unit x seconds, up to `sensor_mono_ns`. */
constexpr uint32_t gpm_integral_offset = 100;

struct StateHeader {
  char magic[8];
  uint32_t layout_version, gpu_count, slots_per_gpu, persona;
  /** Odd while a write is in flight. */
  uint64_t sequence;
  uint64_t published_mono_ns, seed;
  uint32_t init_code, cost_scale_ppm, uuid_order, flags;
  uint8_t reserved[64];
};
static_assert(sizeof(StateHeader) == 128 && offsetof(StateHeader, persona) == 20 && offsetof(StateHeader, sequence) == 24);
static_assert(offsetof(StateHeader, published_mono_ns) == 32 && offsetof(StateHeader, seed) == 40);
static_assert(offsetof(StateHeader, init_code) == 48 && offsetof(StateHeader, cost_scale_ppm) == 52);
static_assert(offsetof(StateHeader, uuid_order) == 56 && offsetof(StateHeader, flags) == 60);

struct StateXid { uint64_t mono_ns; uint32_t xid, type; };
static_assert(sizeof(StateXid) == 16);

struct StateProcess {
  uint32_t pid, sm_pct;
  uint64_t memory_bytes;
  uint32_t mem_pct, reserved;
  uint64_t timestamp_us;
  uint32_t encoder_pct, decoder_pct;
};
static_assert(sizeof(StateProcess) == 40 && offsetof(StateProcess, memory_bytes) == 8 && offsetof(StateProcess, mem_pct) == 16);
static_assert(offsetof(StateProcess, timestamp_us) == 24 && offsetof(StateProcess, encoder_pct) == 32);

struct StateSlot {
  /** A double for a gauge, an unsigned integer for every other kind. */
  uint64_t value_bits;
  /** 0: never published. */
  uint64_t sensor_mono_ns;
  int32_t return_code;
  uint32_t refresh_us;
  uint64_t reserved;
};
static_assert(sizeof(StateSlot) == 32 && offsetof(StateSlot, return_code) == 16 && offsetof(StateSlot, refresh_us) == 20);

struct StateSample { uint64_t timestamp_us, value; };
struct StateSampleRing {
  /** How many were ever written: entry `n` stands at `n % 128`. */
  uint32_t head, reserved;
  StateSample samples[sample_ring_length];
};
static_assert(sizeof(StateSampleRing) == 2056 && offsetof(StateSampleRing, samples) == 8);

struct StateGpu {
  char name[96], uuid[96], bus_id[32];
  uint32_t board, arch, device_state, stall_ms, mig_mode, process_count;
  uint64_t memory_total;
  uint32_t nvlink_count, pcie_gen_max, pcie_width_max, power_limit_default_mw;
  uint8_t reserved0[512 - 272];
  /** How many were ever written: entry `n` stands at `n % 64`. */
  uint32_t xid_head, reserved1;
  StateXid xids[xid_ring_length];
  uint8_t reserved2[2048 - 520 - sizeof(StateXid) * xid_ring_length];
  StateProcess processes[max_processes];
  uint8_t reserved3[4096 - 2048 - sizeof(StateProcess) * max_processes];
  StateSlot slots[slots_per_gpu];
  StateSampleRing power_samples, utilization_samples;
};
static_assert(offsetof(StateGpu, uuid) == 96 && offsetof(StateGpu, bus_id) == 192 && offsetof(StateGpu, board) == 224);
static_assert(offsetof(StateGpu, device_state) == 232 && offsetof(StateGpu, stall_ms) == 236 && offsetof(StateGpu, mig_mode) == 240);
static_assert(offsetof(StateGpu, process_count) == 244 && offsetof(StateGpu, memory_total) == 248);
static_assert(offsetof(StateGpu, nvlink_count) == 256 && offsetof(StateGpu, power_limit_default_mw) == 268);
static_assert(offsetof(StateGpu, xid_head) == 512 && offsetof(StateGpu, xids) == 520);
static_assert(offsetof(StateGpu, processes) == 2048 && offsetof(StateGpu, slots) == 4096);
static_assert(offsetof(StateGpu, power_samples) == 12288 && offsetof(StateGpu, utilization_samples) == 14344);
static_assert(sizeof(StateGpu) == 16400);

}  // namespace fluidscope::nvml_sim
