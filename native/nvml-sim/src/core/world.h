#pragma once
/** What the library shows: the mapped state file or boards of its own, behind one lock that every call pays its cost under. */
#include <atomic>
#include <cstring>
#include <mutex>
#include <random>

#include "abi.h"
#include "boards.h"
#include "persona.h"
#include "state-file.h"

namespace fluidscope::nvml_sim {

/** Medians of a call's time, in microseconds at cost scale 1. */
namespace cost {
constexpr double getter = 3, memory = 12, fan = 137, processes = 4500, pcie = 20'000;
}

struct ProcessTable {
  uint32_t count;
  StateProcess all[max_processes];
};

class World {
 public:
  Return init();
  Return shutdown();
  /** 0, or what every call answers: 1 before init, and from when the driver went until the next init the code that it went with. */
  Return availability();
  uint32_t gpu_count() const { return gpu_count_; }
  const PersonaTraits& driver() const { return traits_of(persona_); }
  /** The GPU that an index of NVML's shows: the order rotates with `uuid_order`. */
  uint32_t gpu_at(uint32_t index) const;
  uint32_t index_of(uint32_t gpu) const;
  const StateGpu& gpu(uint32_t index) const { return gpus_[index]; }
  const Board& board(uint32_t gpu) const { return boards[gpus_[gpu].board % board_count]; }
  /** Copies until no write tore it. */
  template <typename Copy> void consistently(Copy copy) const {
    const StateHeader* const header = header_;
    for (int attempt = 0; attempt < 10'000; ++attempt) {
      const uint64_t before = __atomic_load_n(&header->sequence, __ATOMIC_ACQUIRE);
      copy();
      __atomic_thread_fence(__ATOMIC_ACQUIRE);
      if (before % 2 == 0 && __atomic_load_n(&header->sequence, __ATOMIC_RELAXED) == before) return;
    }
  }
  template <typename T> T read(const T& source) const {
    T copied;
    consistently([&] { std::memcpy(&copied, &source, sizeof(T)); });
    return copied;
  }
  StateSlot slot(uint32_t gpu, uint32_t id) const { return read(gpus_[gpu].slots[id]); }
  bool is_mig(uint32_t gpu) const { return read(gpus_[gpu].mig_mode) != 0; }
  ProcessTable processes(uint32_t gpu) const;
  /** False where the state file has no such samples. */
  bool samples(uint32_t gpu, uint32_t type, StateSampleRing& ring) const;
  /** Takes the time of a call, under the lock. */
  void spend(double median_us);
  /** Called without the lock, so that the other GPUs stream on. */
  void wait_out_stall(const StateGpu& gpu) const;
  /** 0, or what every call on this GPU answers. A lost GPU stays lost until the library is shut down. */
  Return device_state(uint32_t gpu);

  std::mutex lock;

 private:
  Return open_state();
  bool map_file(const char* path);
  Return choose_persona();

  const StateHeader* header_ = nullptr;
  const StateGpu* gpus_ = nullptr;
  const StateExtension* extensions_ = nullptr;
  /** Which file is mapped. A map is never undone: a call that stalls in another thread may still read it. */
  uint64_t mapped_device_ = 0, mapped_inode_ = 0, mapped_bytes_ = 0;
  const void* mapped_ = nullptr;
  uint32_t gpu_count_ = 0;
  int init_count_ = 0;
  Return gone_ = 0;
  bool shows_own_boards_ = false;
  Persona persona_ = Persona::r595;
  bool lost_[max_gpus] = {};
  std::mt19937_64 random_;
};

World& world();
uint64_t mono_ns();
int64_t wall_us();
void sleep_ns(uint64_t ns);

}  // namespace fluidscope::nvml_sim
