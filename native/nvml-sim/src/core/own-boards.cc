#include "own-boards.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "world.h"

namespace fluidscope::nvml_sim {

namespace {

constexpr uint64_t move_ns = 100'000'000, sample_ns = 166'666'667;

struct Own {
  StateHeader header;
  StateGpu gpus[max_gpus];
  uint64_t moved_ns, sampled_ns;
};

Own& own() {
  static Own* const only = new Own{};
  return *only;
}

void put(StateGpu& gpu, uint32_t id, double value, uint64_t now) {
  std::memcpy(&gpu.slots[id].value_bits, &value, sizeof value);
  gpu.slots[id].sensor_mono_ns = now;
}

void put_count(StateGpu& gpu, uint32_t id, uint64_t value, uint64_t now) {
  gpu.slots[id].value_bits = value;
  gpu.slots[id].sensor_mono_ns = now;
}

double wave_at(uint64_t ns, uint32_t index) { return std::sin(static_cast<double>(ns) / 7e9 + index); }

double power_at(const Board& board, uint64_t ns, uint32_t index) { return std::round(board.idle_mw * (1 + 0.03 * wave_at(ns, index))); }

void push(StateSampleRing& ring, uint64_t timestamp_us, uint64_t value) { ring.samples[ring.head++ % sample_ring_length] = {timestamp_us, value}; }

void set_identity(StateGpu& gpu, const Board& board, uint32_t index) {
  std::snprintf(gpu.name, sizeof gpu.name, "%s", board.name);
  std::snprintf(gpu.uuid, sizeof gpu.uuid, "GPU-5f1d5c09-0000-4000-8000-%012x", index);
  std::snprintf(gpu.bus_id, sizeof gpu.bus_id, "00000000:%02X:00.0", index + 1);
  gpu.board = board.number;
  gpu.arch = board.arch;
  gpu.memory_total = board.memory_bytes;
  gpu.nvlink_count = board.nvlink_count;
  gpu.pcie_gen_max = board.pcie_generation;
  gpu.pcie_width_max = 16;
  gpu.power_limit_default_mw = board.limit_mw;
}

void move(StateGpu& gpu, uint32_t index, uint64_t now, double elapsed_s) {
  const Board& board = boards[gpu.board];
  const double wave = wave_at(now, index), power = power_at(board, now, index);
  const double used = static_cast<double>(600ull << 20), total = static_cast<double>(gpu.memory_total);
  const std::pair<uint32_t, double> gauges[] = {{1, board.idle_sm_mhz}, {2, board.max_memory_mhz}, {4, 0}, {5, power}, {20, used}, {21, total - 2 * used},
      {22, used}, {23, total}, {30, 0}, {31, 0}, {32, 34 + std::round(wave)}, {34, board.limit_mw}, {60, 1}, {61, 16}};
  for (const auto& [id, value] : gauges) put(gpu, id, value, now);
  if (board.has_ecc) put(gpu, 33, 40, now);
  if (board.has_average_power) put(gpu, 24, power, now);
  if (board.has_fan) put(gpu, 62, 30, now);
  for (uint32_t id = 50; board.has_gpm && id <= 58; ++id) put(gpu, id, 0, now);
  put_count(gpu, 3, 1, now);
  put_count(gpu, 10, gpu.slots[10].value_bits + static_cast<uint64_t>(power * elapsed_s), now);
  for (uint32_t id = 11; id <= 17; ++id) put_count(gpu, id, 0, now);
  put_count(gpu, 80, 0, now);
  for (uint32_t id = 81; board.has_ecc && id <= 84; ++id) put_count(gpu, id, 0, now);
  for (uint32_t id = 85; board.has_ecc && id <= 86; ++id) put(gpu, id, 0, now);
  for (uint32_t id = 18; gpu.nvlink_count > 0 && id <= 19; ++id) put_count(gpu, id, 0, now);
  for (uint32_t id = link_slot; id < link_slot + 3 * gpu.nvlink_count; ++id) put_count(gpu, id, 0, now);
}

/** One board's name and count at a time. False for a name that is not known. */
bool add_boards(const std::string& item, uint32_t& count) {
  const size_t colon = std::min(item.find(':'), item.size());
  const int wanted = colon < item.size() ? std::atoi(item.c_str() + colon + 1) : 1;
  const auto* const board = std::find_if(std::begin(boards), std::end(boards), [&](const Board& each) { return item.substr(0, colon) == each.key; });
  if (board == std::end(boards)) return false;
  for (int each = 0; each < wanted && count < max_gpus; ++each, ++count) set_identity(own().gpus[count], *board, count);
  return true;
}

}  // namespace

OwnBoards make_own_boards(const char* wanted) {
  Own& all = own();
  std::memset(&all, 0, sizeof all);
  all.header.cost_scale_ppm = 1'000'000;
  all.header.seed = 1;
  const std::string items = wanted;
  for (size_t at = 0; at < items.size();) {
    const size_t end = std::min(items.find(',', at), items.size());
    if (!add_boards(items.substr(at, end - at), all.header.gpu_count)) return {nullptr, nullptr};
    at = end + 1;
  }
  return {&all.header, all.gpus};
}

void move_own_boards() {
  Own& all = own();
  const uint64_t now = mono_ns();
  if (now - all.moved_ns < move_ns) return;
  const double elapsed_s = all.moved_ns == 0 ? 0 : static_cast<double>(now - all.moved_ns) / 1e9;
  all.moved_ns = now;
  for (uint32_t index = 0; index < all.header.gpu_count; ++index) move(all.gpus[index], index, now, elapsed_s);
  all.sampled_ns = std::max(all.sampled_ns, now - std::min(now, sample_ring_length * sample_ns));
  const uint64_t wall_minus_mono_us = static_cast<uint64_t>(wall_us()) - now / 1000;
  for (; all.sampled_ns + sample_ns <= now; all.sampled_ns += sample_ns) {
    const uint64_t timestamp_us = wall_minus_mono_us + all.sampled_ns / 1000;
    for (uint32_t index = 0; index < all.header.gpu_count; ++index) {
      StateGpu& gpu = all.gpus[index];
      push(gpu.power_samples, timestamp_us, static_cast<uint64_t>(power_at(boards[gpu.board], all.sampled_ns, index)));
      push(gpu.utilization_samples, timestamp_us, 0);
    }
  }
}

}  // namespace fluidscope::nvml_sim
