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
                   sample_ring_length = 128, max_links = 18, max_mig_instances = 7;
/** The first per-link slot: link `l` has CRC, replay and recovery errors at 200 + 3 * l, + 1, + 2. */
constexpr uint32_t link_slot = 200;
/** Link `l` has sent and received so many KiB: 160 + 2 * l, + 1. */
constexpr uint32_t link_traffic_slot = 160;
/** MIG place `i` has the integrals of GPM metrics 50 to 54 at 100 + 5 * i, + 1, ... + 4. */
constexpr uint32_t mig_gpm_slot = 100, mig_gpm_count = 5;
/** In the header's flags: a block of `StateExtension` for each GPU stands behind the last GPU. */
constexpr uint32_t flag_extensions = 1;
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
  /** 0: on the whole GPU; else 1 + the place of its MIG instance. */
  uint32_t mem_pct, mig_place;
  uint64_t timestamp_us;
  uint32_t encoder_pct, decoder_pct;
};
static_assert(sizeof(StateProcess) == 40 && offsetof(StateProcess, memory_bytes) == 8 && offsetof(StateProcess, mem_pct) == 16);
static_assert(offsetof(StateProcess, mig_place) == 20 && offsetof(StateProcess, timestamp_us) == 24 && offsetof(StateProcess, encoder_pct) == 32);

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

struct StateMigInstance {
  /** 0: an empty place. One more for each instance made in the place: handles of an earlier one are dead. */
  uint32_t generation;
  uint32_t gpu_instance, compute_instance, gpu_slices;
  uint64_t memory_total, memory_used;
  uint32_t memory_slices, multiprocessors;
  char uuid[48];
  uint8_t reserved[8];
};
static_assert(sizeof(StateMigInstance) == 96 && offsetof(StateMigInstance, gpu_instance) == 4 && offsetof(StateMigInstance, compute_instance) == 8);
static_assert(offsetof(StateMigInstance, gpu_slices) == 12 && offsetof(StateMigInstance, memory_total) == 16);
static_assert(offsetof(StateMigInstance, memory_used) == 24 && offsetof(StateMigInstance, memory_slices) == 32);
static_assert(offsetof(StateMigInstance, multiprocessors) == 36 && offsetof(StateMigInstance, uuid) == 40);

struct StateGpu {
  char name[96], uuid[96], bus_id[32];
  uint32_t board, arch, device_state, stall_ms, mig_mode, process_count;
  uint64_t memory_total;
  uint32_t nvlink_count, pcie_gen_max, pcie_width_max, power_limit_default_mw;
  /** Bit `l`: link `l` is down. */
  uint32_t nvlink_down_mask;
  uint8_t reserved0[512 - 276];
  /** How many were ever written: entry `n` stands at `n % 64`. */
  uint32_t xid_head, reserved1;
  StateXid xids[xid_ring_length];
  uint8_t reserved2[2048 - 520 - sizeof(StateXid) * xid_ring_length];
  StateProcess processes[max_processes];
  StateMigInstance mig[max_mig_instances];
  uint8_t reserved3[4096 - 3328 - sizeof(StateMigInstance) * max_mig_instances];
  StateSlot slots[slots_per_gpu];
  StateSampleRing power_samples, utilization_samples;
};
static_assert(offsetof(StateGpu, uuid) == 96 && offsetof(StateGpu, bus_id) == 192 && offsetof(StateGpu, board) == 224);
static_assert(offsetof(StateGpu, device_state) == 232 && offsetof(StateGpu, stall_ms) == 236 && offsetof(StateGpu, mig_mode) == 240);
static_assert(offsetof(StateGpu, process_count) == 244 && offsetof(StateGpu, memory_total) == 248);
static_assert(offsetof(StateGpu, nvlink_count) == 256 && offsetof(StateGpu, power_limit_default_mw) == 268);
static_assert(offsetof(StateGpu, nvlink_down_mask) == 272 && offsetof(StateGpu, mig) == 3328);
static_assert(offsetof(StateGpu, xid_head) == 512 && offsetof(StateGpu, xids) == 520);
static_assert(offsetof(StateGpu, processes) == 2048 && offsetof(StateGpu, slots) == 4096);
static_assert(offsetof(StateGpu, power_samples) == 12288 && offsetof(StateGpu, utilization_samples) == 14344);
static_assert(sizeof(StateGpu) == 16400);

struct StateExtension {
  StateSampleRing memory_utilization_samples;
  uint8_t reserved[4096 - sizeof(StateSampleRing)];
};
static_assert(sizeof(StateExtension) == 4096);

}  // namespace fluidscope::nvml_sim
