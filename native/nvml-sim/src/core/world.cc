#include "world.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace fluidscope::nvml_sim {

namespace {

struct Board { const char *key, *name; uint32_t number, arch; uint64_t memory; uint32_t idle_mw, limit_mw, links, pcie; bool fan, average_power, gpm; };
constexpr uint64_t gib = 1ull << 30;
constexpr Board boards_known[] = {
    {"h100", "NVIDIA H100 80GB HBM3", 0, 9, 80 * gib, 70'000, 700'000, 18, 5, false, true, true},
    {"a100", "NVIDIA A100-SXM4-80GB", 1, 7, 80 * gib, 60'000, 400'000, 12, 4, false, false, false},
    {"l4", "NVIDIA L4", 2, 8, 24 * gib, 16'000, 72'000, 0, 4, false, true, false},
    {"rtx4090", "NVIDIA GeForce RTX 4090", 3, 8, 24 * gib, 20'000, 450'000, 0, 4, true, true, false},
};

void put(StateGpu& gpu, uint32_t id, double value, uint64_t now) {
  std::memcpy(&gpu.slots[id].value_bits, &value, sizeof value);
  gpu.slots[id].sensor_mono_ns = now;
}

void put_count(StateGpu& gpu, uint32_t id, uint64_t value, uint64_t now) {
  gpu.slots[id].value_bits = value;
  gpu.slots[id].sensor_mono_ns = now;
}

void sleep_ns(uint64_t ns) {
  timespec left{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  while (nanosleep(&left, &left) != 0) {}
}

}  // namespace

World& world() {
  // Never destroyed: a thread of the client may still be inside a call while the process ends.
  static World* const only = new World;
  return *only;
}

uint64_t mono_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

int64_t wall_us() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

Return World::init() {
  if (init_count_ > 0) return ++init_count_, 0;
  const char* const path = std::getenv("FLUIDSCOPE_NVML_SIM_STATE");
  if (path != nullptr && *path != 0) {
    if (!map_file(path)) return 9;
  } else {
    const char* const boards = std::getenv("FLUIDSCOPE_NVML_SIM_BOARDS");
    make_boards(boards == nullptr || *boards == 0 ? "h100:1" : boards);
  }
  const Return code = static_cast<Return>(read(*header_).init_code);
  if (code != 0) return unmap(), code;
  random_.seed(header_->seed);
  std::fill(std::begin(lost_), std::end(lost_), false);
  init_count_ = 1;
  return 0;
}

Return World::shutdown() {
  if (init_count_ == 0) return answer::uninitialized;
  if (--init_count_ == 0) unmap();
  return 0;
}

void World::unmap() {
  // The map of a shut-down library stays: a call that stalls in another thread may still read it.
  gpu_count_ = 0;
}

bool World::map_file(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat about {};
  void* map = MAP_FAILED;
  if (fstat(file, &about) == 0 && static_cast<size_t>(about.st_size) >= sizeof(StateHeader)) {
    map = mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ, MAP_SHARED, file, 0);
  }
  close(file);
  if (map == MAP_FAILED) return false;
  const auto* const header = static_cast<const StateHeader*>(map);
  const size_t needed = sizeof(StateHeader) + sizeof(StateGpu) * header->gpu_count;
  const bool fits = std::memcmp(header->magic, state_magic, 8) == 0 && header->layout_version == layout_version &&
                    header->slots_per_gpu == slots_per_gpu && header->gpu_count <= max_gpus && static_cast<size_t>(about.st_size) >= needed;
  if (!fits) return munmap(map, static_cast<size_t>(about.st_size)), false;
  header_ = header;
  gpus_ = reinterpret_cast<const StateGpu*>(header + 1);
  own_ = nullptr;
  gpu_count_ = header->gpu_count;
  return true;
}

void World::make_boards(const char* text) {
  std::string all = text;
  static unsigned char* const memory = static_cast<unsigned char*>(std::calloc(1, sizeof(StateHeader) + sizeof(StateGpu) * max_gpus));
  own_ = memory;
  std::memset(own_, 0, sizeof(StateHeader) + sizeof(StateGpu) * max_gpus);
  auto* const header = reinterpret_cast<StateHeader*>(own_);
  auto* const gpus = reinterpret_cast<StateGpu*>(own_ + sizeof(StateHeader));
  header->cost_scale_ppm = 1'000'000;
  header->seed = 1;
  uint32_t count = 0;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find(',', at), all.size());
    const std::string item = all.substr(at, end - at);
    at = end + 1;
    const size_t colon = std::min(item.find(':'), item.size());
    const int wanted = colon < item.size() ? std::atoi(item.c_str() + colon + 1) : 1;
    for (const Board& board : boards_known) {
      if (item.substr(0, colon) != board.key) continue;
      for (int each = 0; each < wanted && count < max_gpus; ++each, ++count) {
        StateGpu& gpu = gpus[count];
        std::snprintf(gpu.name, sizeof gpu.name, "%s", board.name);
        std::snprintf(gpu.uuid, sizeof gpu.uuid, "GPU-5f1d5c09-0000-4000-8000-%012x", count);
        std::snprintf(gpu.bus_id, sizeof gpu.bus_id, "00000000:%02X:00.0", count + 1);
        gpu.board = board.number;
        gpu.arch = board.arch;
        gpu.memory_total = board.memory;
        gpu.nvlink_count = board.links;
        gpu.pcie_gen_max = board.pcie;
        gpu.pcie_width_max = 16;
        gpu.power_limit_default_mw = board.limit_mw;
      }
    }
  }
  header->gpu_count = gpu_count_ = count;
  header_ = header;
  gpus_ = gpus;
  moved_ns_ = 0;
  move_boards();
}

void World::move_boards() {
  const uint64_t now = mono_ns();
  if (own_ == nullptr || now - moved_ns_ < 100'000'000) return;
  const double elapsed_s = moved_ns_ == 0 ? 0 : static_cast<double>(now - moved_ns_) / 1e9;
  moved_ns_ = now;
  auto* const gpus = reinterpret_cast<StateGpu*>(own_ + sizeof(StateHeader));
  for (uint32_t index = 0; index < gpu_count_; ++index) {
    StateGpu& gpu = gpus[index];
    const Board& board = boards_known[gpu.board];
    const double wave = std::sin(static_cast<double>(now) / 7e9 + index);
    const double power = std::round(board.idle_mw * (1 + 0.03 * wave));
    const double used = static_cast<double>(600ull << 20), total = static_cast<double>(gpu.memory_total);
    const std::pair<uint32_t, double> gauges[] = {{1, 345}, {2, 1593}, {4, 0}, {5, power}, {20, used}, {21, total - 2 * used}, {22, used}, {23, total},
        {30, 0}, {31, 0}, {32, 34 + std::round(wave)}, {33, 40}, {34, board.limit_mw}, {60, 1}, {61, 16}};
    for (const auto& [id, value] : gauges) put(gpu, id, value, now);
    if (board.average_power) put(gpu, 24, power, now);
    if (board.fan) put(gpu, 62, 30, now);
    if (board.gpm) for (uint32_t id = 50; id <= 58; ++id) put(gpu, id, 0, now);
    put_count(gpu, 3, 1, now);
    put_count(gpu, 10, gpu.slots[10].value_bits + static_cast<uint64_t>(power * elapsed_s), now);
    for (uint32_t id = 11; id <= 17; ++id) put_count(gpu, id, 0, now);
    for (uint32_t id = 80; id <= 84; ++id) put_count(gpu, id, 0, now);
    put(gpu, 85, 0, now);
    put(gpu, 86, 0, now);
    if (gpu.nvlink_count > 0) for (uint32_t id = 18; id <= 19; ++id) put_count(gpu, id, 0, now);
    for (uint32_t id = link_slot; id < link_slot + 3 * gpu.nvlink_count; ++id) put_count(gpu, id, 0, now);
  }
}

Persona World::persona() const { return static_cast<Persona>(header_ == nullptr ? 0 : header_->persona); }

uint32_t World::gpu_at(uint32_t index) const { return (index + read(*header_).uuid_order) % gpu_count_; }

uint32_t World::index_of(uint32_t gpu) const { return (gpu + gpu_count_ - read(*header_).uuid_order % gpu_count_) % gpu_count_; }

void World::spend(double median_us) {
  move_boards();
  const double scale = header_ == nullptr ? 0 : header_->cost_scale_ppm / 1e6;
  if (scale <= 0) return;
  std::lognormal_distribution<double> spread(0, 0.35);
  const auto ns = static_cast<uint64_t>(median_us * 1000 * scale * spread(random_));
  const uint64_t until = mono_ns() + ns;
  if (ns > 200'000) sleep_ns(ns - 100'000);
  while (mono_ns() < until) {}
}

void World::wait_out_stall(uint32_t gpu) const {
  const uint64_t from = mono_ns();
  // Outside the lock, so that the other GPUs stream on; looked at again, so that a test can end the stall.
  while (mono_ns() - from < uint64_t{read(gpus_[gpu].stall_ms)} * 1'000'000) sleep_ns(1'000'000);
}

Return World::device_state(uint32_t gpu) {
  const Return state = static_cast<Return>(read(gpus_[gpu].device_state));
  if (state == answer::gpu_lost) lost_[gpu] = true;
  return lost_[gpu] ? answer::gpu_lost : state;
}

}  // namespace fluidscope::nvml_sim
