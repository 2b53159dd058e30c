#pragma once
/** What the library shows: the mapped state file or boards of its own, behind one lock that every call pays its cost under. */
#include <cstring>
#include <mutex>
#include <random>

#include "abi.h"
#include "state-file.h"

namespace fluidscope::nvml_sim {

enum class Persona : uint32_t { r595, r510, r535_early, r550, r575, r580_early, r580, cuda14 };

/** Medians of a call's time, in microseconds at cost scale 1. */
namespace cost {
constexpr double getter = 3, memory = 12, fan = 137, processes = 4500, pcie = 20'000;
}

class World {
 public:
  Return init();
  Return shutdown();
  bool is_initialized() const { return init_count_ > 0; }
  uint32_t gpu_count() const { return gpu_count_; }
  Persona persona() const;
  /** The GPU that an index of NVML's shows: the order rotates with `uuid_order`. */
  uint32_t gpu_at(uint32_t index) const;
  uint32_t index_of(uint32_t gpu) const;
  const StateGpu& gpu(uint32_t index) const { return gpus_[index]; }
  /** A copy that no write tore. `source` lies in the map. */
  template <typename T> T read(const T& source) const {
    T copy;
    for (int attempt = 0; attempt < 10'000; ++attempt) {
      const uint64_t before = __atomic_load_n(&header_->sequence, __ATOMIC_ACQUIRE);
      std::memcpy(&copy, &source, sizeof(T));
      __atomic_thread_fence(__ATOMIC_ACQUIRE);
      if (before % 2 == 0 && __atomic_load_n(&header_->sequence, __ATOMIC_RELAXED) == before) break;
    }
    return copy;
  }
  StateSlot slot(uint32_t gpu, uint32_t id) const { return read(gpus_[gpu].slots[id]); }
  /** Takes the time of a call, under the lock. */
  void spend(double median_us);
  void wait_out_stall(uint32_t gpu) const;
  /** 0, or what every call on this GPU answers. A lost GPU stays lost until the library is shut down. */
  Return device_state(uint32_t gpu);

  std::mutex lock;

 private:
  bool map_file(const char* path);
  void make_boards(const char* boards);
  void move_boards();
  void unmap();

  const StateHeader* header_ = nullptr;
  const StateGpu* gpus_ = nullptr;
  unsigned char* own_ = nullptr;
  size_t size_ = 0;
  uint32_t gpu_count_ = 0;
  int init_count_ = 0;
  uint64_t moved_ns_ = 0;
  bool lost_[max_gpus] = {};
  std::mt19937_64 random_;
};

World& world();
uint64_t mono_ns();
int64_t wall_us();

}  // namespace fluidscope::nvml_sim
