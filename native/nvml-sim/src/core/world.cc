#include "world.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "own-boards.h"

namespace fluidscope::nvml_sim {

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

void sleep_ns(uint64_t ns) {
  timespec left{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  while (nanosleep(&left, &left) != 0) {}
}

Return World::init() {
  if (init_count_ > 0) return ++init_count_, 0;
  if (const Return code = open_state(); code != 0) return code;
  if (const Return code = choose_persona(); code != 0) return code;
  if (const Return code = static_cast<Return>(read(*header_).init_code); code != 0) return code;
  random_.seed(header_->seed);
  std::fill(std::begin(lost_), std::end(lost_), false);
  gone_ = 0;
  init_count_ = 1;
  return 0;
}

Return World::shutdown() {
  if (init_count_ == 0) return answer::uninitialized;
  --init_count_;
  return 0;
}

Return World::availability() {
  if (init_count_ == 0) return answer::uninitialized;
  if (gone_ == 0) gone_ = static_cast<Return>(read(*header_).init_code);
  return gone_;
}

Return World::open_state() {
  const char* const path = std::getenv("FLUIDSCOPE_NVML_SIM_STATE");
  shows_own_boards_ = path == nullptr || *path == 0;
  if (!shows_own_boards_) return map_file(path) ? 0 : answer::driver_not_loaded;
  const char* const wanted = std::getenv("FLUIDSCOPE_NVML_SIM_BOARDS");
  const OwnBoards own = make_own_boards(wanted == nullptr || *wanted == 0 ? "h100:1" : wanted);
  if (own.header == nullptr) return answer::invalid_argument;
  header_ = own.header;
  gpus_ = own.gpus;
  extensions_ = nullptr;
  gpu_count_ = header_->gpu_count;
  move_own_boards();
  return 0;
}

Return World::choose_persona() {
  const char* const wanted = std::getenv("FLUIDSCOPE_NVML_SIM_PERSONA");
  if (built_persona >= 0) return persona_ = static_cast<Persona>(built_persona), 0;
  if (wanted != nullptr && *wanted != 0) return persona_named(wanted, persona_) ? 0 : answer::invalid_argument;
  if (header_->persona >= persona_count) return answer::driver_not_loaded;
  return persona_ = static_cast<Persona>(header_->persona), 0;
}

bool World::map_file(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat about {};
  const bool is_file = fstat(file, &about) == 0 && static_cast<size_t>(about.st_size) >= sizeof(StateHeader);
  const auto bytes = static_cast<size_t>(about.st_size);
  const bool is_mapped = is_file && mapped_ != nullptr && mapped_device_ == about.st_dev && mapped_inode_ == about.st_ino && mapped_bytes_ == bytes;
  const void* const map = is_mapped ? mapped_ : is_file ? mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (map == MAP_FAILED) return false;
  const auto* const header = static_cast<const StateHeader*>(map);
  const uint32_t count = header->gpu_count;
  const bool is_extended = (header->flags & flag_extensions) != 0;
  const size_t per_gpu = sizeof(StateGpu) + (is_extended ? sizeof(StateExtension) : 0);
  const bool fits = std::memcmp(header->magic, state_magic, 8) == 0 && header->layout_version == layout_version &&
                    header->slots_per_gpu == slots_per_gpu && count <= max_gpus && bytes >= sizeof(StateHeader) + per_gpu * count;
  if (!fits && !is_mapped) munmap(const_cast<void*>(map), bytes);
  if (!fits) return false;
  mapped_ = map;
  mapped_device_ = about.st_dev;
  mapped_inode_ = about.st_ino;
  mapped_bytes_ = bytes;
  header_ = header;
  gpus_ = reinterpret_cast<const StateGpu*>(header + 1);
  extensions_ = is_extended ? reinterpret_cast<const StateExtension*>(gpus_ + count) : nullptr;
  gpu_count_ = count;
  return true;
}

uint32_t World::gpu_at(uint32_t index) const { return (index + read(*header_).uuid_order) % gpu_count_; }

uint32_t World::index_of(uint32_t gpu) const { return (gpu + gpu_count_ - read(*header_).uuid_order % gpu_count_) % gpu_count_; }

ProcessTable World::processes(uint32_t gpu) const {
  ProcessTable table{};
  consistently([&] {
    table.count = std::min(gpus_[gpu].process_count, max_processes);
    std::memcpy(table.all, gpus_[gpu].processes, sizeof table.all);
  });
  return table;
}

bool World::samples(uint32_t gpu, uint32_t type, StateSampleRing& ring) const {
  if (type > 2 || (type == 2 && extensions_ == nullptr)) return false;
  const StateGpu& shown = gpus_[gpu];
  ring = read(type == 0 ? shown.power_samples : type == 1 ? shown.utilization_samples : extensions_[gpu].memory_utilization_samples);
  return true;
}

void World::spend(double median_us) {
  if (shows_own_boards_) move_own_boards();
  const double scale = header_->cost_scale_ppm / 1e6;
  if (scale <= 0) return;
  std::lognormal_distribution<double> spread(0, 0.35);
  const auto ns = static_cast<uint64_t>(median_us * 1000 * scale * spread(random_));
  const uint64_t until = mono_ns() + ns;
  if (ns > 200'000) sleep_ns(ns - 100'000);
  while (mono_ns() < until) {}
}

void World::wait_out_stall(const StateGpu& gpu) const {
  const uint64_t from = mono_ns();
  // Looked at again and again, so that a simulator can end the stall. One word cannot tear.
  while (mono_ns() - from < uint64_t{__atomic_load_n(&gpu.stall_ms, __ATOMIC_RELAXED)} * 1'000'000) sleep_ns(1'000'000);
}

Return World::device_state(uint32_t gpu) {
  const Return state = static_cast<Return>(read(gpus_[gpu].device_state));
  if (state == answer::gpu_lost) lost_[gpu] = true;
  return lost_[gpu] ? answer::gpu_lost : state;
}

}  // namespace fluidscope::nvml_sim
