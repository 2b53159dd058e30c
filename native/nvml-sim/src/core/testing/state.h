#pragma once
/** A state file that a test writes, and changes while the library shows it. */
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "client.h"
#include "state-file.h"

namespace fluidscope::nvml_sim {

class State {
 public:
  explicit State(uint32_t gpus, uint32_t board = 0) : bytes_(sizeof(StateHeader) + (sizeof(StateGpu) + sizeof(StateExtension)) * gpus) {
    const int file = mkstemp(path_.data());
    check(file >= 0 && ftruncate(file, static_cast<off_t>(bytes_)) == 0, "a state file");
    map_ = static_cast<unsigned char*>(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    close(file);
    std::memcpy(header().magic, state_magic, sizeof state_magic);
    header().layout_version = layout_version;
    header().slots_per_gpu = slots_per_gpu;
    header().gpu_count = gpus;
    header().flags = flag_extensions;
    header().seed = 1;
    for (uint32_t at = 0; at < gpus; ++at) {
      std::snprintf(gpu(at).name, sizeof gpu(at).name, "Board %u", at);
      std::snprintf(gpu(at).uuid, sizeof gpu(at).uuid, "GPU-%08u", at);
      std::snprintf(gpu(at).bus_id, sizeof gpu(at).bus_id, "00000000:%02X:00.0", at + 1);
      gpu(at).board = board;
      gpu(at).arch = board == 0 ? 9 : 7;
      set_gauge(at, 5, 100'000);
    }
    setenv("FLUIDSCOPE_NVML_SIM_STATE", path_.c_str(), 1);
  }
  State(const State&) = delete;
  ~State() {
    unsetenv("FLUIDSCOPE_NVML_SIM_STATE");
    unlink(path_.c_str());
    munmap(map_, bytes_);
  }
  StateHeader& header() { return *reinterpret_cast<StateHeader*>(map_); }
  StateGpu& gpu(uint32_t at) { return reinterpret_cast<StateGpu*>(map_ + sizeof(StateHeader))[at]; }
  StateExtension& extension(uint32_t at) { return reinterpret_cast<StateExtension*>(&gpu(header().gpu_count))[at]; }
  void set_gauge(uint32_t at, uint32_t id, double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    set_count(at, id, bits);
  }
  void set_count(uint32_t at, uint32_t id, uint64_t value, uint64_t sensor_mono_ns = 1) {
    gpu(at).slots[id].value_bits = value;
    gpu(at).slots[id].sensor_mono_ns = sensor_mono_ns;
  }
  /** Of one word, while the library reads it. */
  static void change(uint32_t& word, uint32_t value) { __atomic_store_n(&word, value, __ATOMIC_RELAXED); }
  void add_event(uint32_t at, uint32_t xid, uint32_t type) {
    StateGpu& shown = gpu(at);
    shown.xids[shown.xid_head % xid_ring_length] = {1, xid, type};
    __atomic_store_n(&shown.xid_head, shown.xid_head + 1, __ATOMIC_RELEASE);
  }

 private:
  std::string path_ = std::string(P_tmpdir) + "/nvml-sim-state-XXXXXX";
  size_t bytes_;
  unsigned char* map_ = nullptr;
};

}  // namespace fluidscope::nvml_sim
