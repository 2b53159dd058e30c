/** MIG instances: handles that die, and what an instance has of its GPU. */
#include <cstdio>

#include "client.h"
#include "state.h"

namespace fluidscope::nvml_sim {

namespace {

constexpr uint32_t place = 2;

void fill_with_instance(State& state) {
  StateGpu& gpu = state.gpu(0);
  gpu.mig_mode = 1;
  gpu.mig[place] = {1, 9, 3, 2, 20ull << 30, 5ull << 30, 2, 32, "MIG-11111111-2222-3333-4444-555555555555", {}};
  gpu.process_count = 2;
  gpu.processes[0] = {41, 10, 1 << 20, 5, 0, 7, 0, 0};
  gpu.processes[1] = {42, 20, 3 << 20, 6, place + 1, 7, 0, 0};
  state.set_gauge(0, 30, 50);
  state.set_gauge(0, 31, 10);
}

void* handle(void* device) {
  void* mig = nullptr;
  check(nvml("nvmlDeviceGetMigDeviceHandleByIndex", device, 0u, &mig) == answer::not_found, "an empty place");
  check(nvml("nvmlDeviceGetMigDeviceHandleByIndex", device, 7u, &mig) == answer::invalid_argument, "no place");
  check(nvml("nvmlDeviceGetMigDeviceHandleByIndex", device, place, &mig) == 0, "an instance");
  return mig;
}

void identity(void* device, void* mig) {
  Guarded<uint32_t> is_mig, gpu_instance, compute_instance;
  check(nvml("nvmlDeviceIsMigDeviceHandle", device, &is_mig.value) == 0 && is_mig.value == 0, "a whole GPU is no instance");
  check(nvml("nvmlDeviceIsMigDeviceHandle", mig, &is_mig.value) == 0 && is_mig.value == 1, "an instance is one");
  check(nvml("nvmlDeviceGetGpuInstanceId", mig, &gpu_instance.value) == 0 && gpu_instance.value == 9, "the GPU instance");
  check(nvml("nvmlDeviceGetComputeInstanceId", mig, &compute_instance.value) == 0 && compute_instance.value == 3, "the compute instance");
  check(nvml("nvmlDeviceGetGpuInstanceId", device, &gpu_instance.value) == answer::not_supported, "a whole GPU has no instance");
  Guarded<char[96]> uuid, name;
  check(nvml("nvmlDeviceGetUUID", mig, uuid.value, 96u) == 0 && std::strncmp(uuid.value, "MIG-1111", 8) == 0, "its UUID");
  check(nvml("nvmlDeviceGetName", mig, name.value, 96u) == 0 && std::strcmp(name.value, "Board 0 MIG 2g.20gb") == 0, "its name");
  void *parent = nullptr, *same = nullptr;
  check(nvml("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", mig, &parent) == 0 && parent == device, "its GPU");
  check(nvml("nvmlDeviceGetHandleByUUID", static_cast<const char*>(uuid.value), &same) == 0 && same == mig, "its handle by UUID");
}

void share(void* device, void* mig) {
  Guarded<MemoryV2> memory;
  memory.value.version = 0x02000028;
  check(nvml("nvmlDeviceGetMemoryInfo_v2", mig, &memory.value) == 0 && memory.value.total == 20ull << 30 && memory.value.used == 5ull << 30, "its memory");
  Guarded<Attributes> attributes;
  check(nvml("nvmlDeviceGetAttributes_v2", mig, &attributes.value) == 0 && attributes.value.multiprocessors == 32 &&
            attributes.value.memory_mib == 20'480 && attributes.value.gpu_slices == 2, "its attributes");
  Guarded<Utilization> busy;
  check(nvml("nvmlDeviceGetUtilizationRates", device, &busy.value) == answer::not_supported, "no utilization of a GPU under MIG");
  check(nvml("nvmlDeviceGetUtilizationRates", mig, &busy.value) == answer::not_supported, "nor of an instance");
  Guarded<uint32_t> power;
  check(nvml("nvmlDeviceGetPowerUsage", mig, &power.value) == answer::not_supported, "power is the whole GPU's");
  check(nvml("nvmlDeviceGetPowerUsage", device, &power.value) == 0, "and can be had there");
  Guarded<Process[2]> processes;
  uint32_t count = 2;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", mig, &count, &processes.value[0]) == 0 && count == 1 && processes.value[0].pid == 42, "its processes");
  check(processes.value[0].gpu_instance == 9 && processes.value[0].compute_instance == 3, "where they run");
  count = 2;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, &processes.value[0]) == 0 && count == 2, "all processes");
  check(processes.value[0].gpu_instance == 0xffffffff && processes.value[1].gpu_instance == 9, "one runs on the whole GPU");
}

/** 40 % of the instance's SMs, over a second. */
void gpm(State& state, void* device) {
  GpmMetrics* const metrics = new GpmMetrics{};
  metrics->version = 1;
  metrics->count = 1;
  metrics->metrics[0].id = 2;
  check(nvml("nvmlGpmSampleAlloc", &metrics->sample1) == 0 && nvml("nvmlGpmSampleAlloc", &metrics->sample2) == 0, "samples");
  check(nvml("nvmlGpmMigSampleGet", device, 8u, metrics->sample1) == answer::not_found, "no such instance");
  const auto put = [&](double integral, uint64_t mono_ns) {
    uint64_t bits = 0;
    std::memcpy(&bits, &integral, sizeof bits);
    state.set_count(0, mig_gpm_slot + mig_gpm_count * place + 1, bits, mono_ns);
  };
  check(nvml("nvmlGpmMigSampleGet", device, 9u, metrics->sample1) == 0, "a sample before anything was published");
  put(100, 1'000'000'000);
  check(nvml("nvmlGpmMigSampleGet", device, 9u, metrics->sample2) == 0, "a sample");
  check(nvml("nvmlGpmMetricsGet", metrics) == 0 && metrics->metrics[0].result == answer::no_data, "no mean from one value");
  check(nvml("nvmlGpmMigSampleGet", device, 9u, metrics->sample1) == 0, "a first sample");
  put(140, 2'000'000'000);
  check(nvml("nvmlGpmMigSampleGet", device, 9u, metrics->sample2) == 0, "a second sample");
  check(nvml("nvmlGpmMetricsGet", metrics) == 0 && metrics->metrics[0].result == 0 && metrics->metrics[0].value == 40, "the mean between them");
  check(nvml("nvmlGpmSampleFree", metrics->sample1) == 0 && nvml("nvmlGpmSampleFree", metrics->sample2) == 0, "free");
  delete metrics;
}

void death(State& state, void* device, void* mig) {
  Guarded<uint32_t> out;
  state.gpu(0).mig[place].generation = 2;
  check(nvml("nvmlDeviceGetGpuInstanceId", mig, &out.value) == answer::invalid_argument, "a handle dies with its instance");
  void* next = nullptr;
  check(nvml("nvmlDeviceGetMigDeviceHandleByIndex", device, place, &next) == 0 && next != mig, "the next one has another handle");
  state.gpu(0).mig_mode = 0;
  check(nvml("nvmlDeviceGetGpuInstanceId", next, &out.value) == answer::invalid_argument, "MIG mode off ends all");
}

}  // namespace

void test_mig() {
  load();
  {
    State state(1);
    fill_with_instance(state);
    void* const device = first_device();
    Guarded<uint32_t> current, pending;
    check(nvml("nvmlDeviceGetMigMode", device, &current.value, &pending.value) == 0 && current.value == 1 && pending.value == 1, "MIG mode");
    void* const mig = handle(device);
    identity(device, mig);
    share(device, mig);
    gpm(state, device);
    death(state, device, mig);
    shut_down();
  }
  State state(1, 2);
  Guarded<uint32_t> current, pending;
  check(nvml("nvmlDeviceGetMigMode", first_device(), &current.value, &pending.value) == answer::not_supported, "a board without MIG");
  shut_down();
  std::puts("ok MIG instances live and die");
}

}  // namespace fluidscope::nvml_sim
