/** The exported functions of MIG: instances, their handles and what they have of the GPU. */
#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return id_of_instance(Device device, uint32_t* out, uint32_t StateMigInstance::* member) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) {
    if (target.mig < 0) return answer::not_supported;
    return *out = world().read(world().gpu(target.gpu).mig[target.mig].*member), 0;
  });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetMigMode(Device device, uint32_t* current, uint32_t* pending) {
  if (current == nullptr || pending == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (!world().board(gpu).has_mig) return answer::not_supported;
    return *current = *pending = world().is_mig(gpu) ? 1 : 0, 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetMaxMigDeviceCount(Device device, uint32_t* out) { return get_of_board(device, out, [](const Board& board) { return board.has_mig ? max_mig_instances : 0; }); }
NVML_SIM_EXPORT Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, uint32_t place, Device* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) {
    if (!world().board(gpu).has_mig) return answer::not_supported;
    if (place >= max_mig_instances) return answer::invalid_argument;
    const uint32_t generation = world().is_mig(gpu) ? world().read(world().gpu(gpu).mig[place].generation) : 0;
    if (generation == 0) return answer::not_found;
    return *out = handle_of_mig(gpu, place, generation), 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceIsMigDeviceHandle(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) { return *out = target.mig >= 0 ? 1 : 0, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device device, Device* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) {
    if (target.mig < 0) return answer::invalid_argument;
    return *out = handle_of(target.gpu), 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetGpuInstanceId(Device device, uint32_t* out) { return id_of_instance(device, out, &StateMigInstance::gpu_instance); }
NVML_SIM_EXPORT Return nvmlDeviceGetComputeInstanceId(Device device, uint32_t* out) { return id_of_instance(device, out, &StateMigInstance::compute_instance); }
NVML_SIM_EXPORT Return nvmlDeviceGetAttributes_v2(Device device, Attributes* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_any(device, {}, [&](const Target& target) {
    if (target.mig < 0) return answer::not_supported;
    const StateMigInstance instance = world().read(world().gpu(target.gpu).mig[target.mig]);
    // A copy engine a slice, as on the boards that have MIG.
    *out = {instance.multiprocessors, instance.gpu_slices, 0, 0, 0, 0, instance.gpu_slices, instance.gpu_slices, instance.memory_total >> 20};
    return 0;
  });
}
