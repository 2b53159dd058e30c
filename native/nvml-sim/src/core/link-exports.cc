/** The exported functions of PCIe and NVLink. */
#include <cstdio>

#include "call.h"
#include "links.h"

using namespace fluidscope::nvml_sim;

namespace {

/** Numbers of links that exist but not on this board are not supported; others are no links. */
template <typename Body> Return call_link(Device device, uint32_t link, Body body) {
  if (link >= max_links) return answer::invalid_argument;
  return call(device, {}, [&](uint32_t gpu) { return link < world().gpu(gpu).nvlink_count ? body(gpu) : answer::not_supported; });
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetPcieThroughput(Device device, uint32_t counter, uint32_t* out) {
  if (counter > 1 || out == nullptr) return answer::invalid_argument;
  return call(device, {0}, [&](uint32_t gpu) {
    const uint32_t id = counter == 0 ? 16 : 17;
    uint64_t from = 0, to = 0;
    if (const Return code = read_count(gpu, id, from); code != 0) return code;
    // It counts for 20 ms, and holds the lock meanwhile, as the driver does.
    world().spend(cost::pcie);
    const Return code = read_count(gpu, id, to);
    if (code == 0) *out = static_cast<uint32_t>((to - from) / 1024 * 50);
    return code;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetCurrPcieLinkGeneration(Device device, uint32_t* out) { return get_level(device, 60, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetCurrPcieLinkWidth(Device device, uint32_t* out) { return get_level(device, 61, out); }
NVML_SIM_EXPORT Return nvmlDeviceGetMaxPcieLinkGeneration(Device device, uint32_t* out) { return get_word(device, out, &StateGpu::pcie_gen_max); }
NVML_SIM_EXPORT Return nvmlDeviceGetGpuMaxPcieLinkGeneration(Device device, uint32_t* out) { return get_word(device, out, &StateGpu::pcie_gen_max); }
NVML_SIM_EXPORT Return nvmlDeviceGetMaxPcieLinkWidth(Device device, uint32_t* out) { return get_word(device, out, &StateGpu::pcie_width_max); }
NVML_SIM_EXPORT Return nvmlDeviceGetPcieReplayCounter(Device device, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  uint64_t count = 0;
  const Return code = get_count(device, 80, &count);
  if (code == 0) *out = static_cast<uint32_t>(count);
  return code;
}

NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkState(Device device, uint32_t link, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_link(device, link, [&](uint32_t gpu) { return *out = is_link_up(gpu, link) ? 1 : 0, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkVersion(Device device, uint32_t link, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_link(device, link, [&](uint32_t gpu) { return *out = world().board(gpu).nvlink_version, 0; });
}
/** All but SLI: peer access, system memory, atomics of both. */
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkCapability(Device device, uint32_t link, uint32_t kind, uint32_t* out) {
  if (out == nullptr || kind > 5) return answer::invalid_argument;
  return call_link(device, link, [&](uint32_t) { return *out = kind == 4 ? 0 : 1, 0; });
}
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkRemoteDeviceType(Device device, uint32_t link, uint32_t* out) {
  if (out == nullptr) return answer::invalid_argument;
  constexpr uint32_t nvswitch = 2;
  return call_link(device, link, [&](uint32_t gpu) { return is_link_up(gpu, link) ? (*out = nvswitch, 0) : answer::not_supported; });
}
/** Links go to four switches in turn. */
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkRemotePciInfo_v2(Device device, uint32_t link, PciInfo* out) {
  if (out == nullptr) return answer::invalid_argument;
  return call_link(device, link, [&](uint32_t gpu) {
    if (!is_link_up(gpu, link)) return answer::not_supported;
    *out = {};
    out->bus = 0xc0 + link % 4;
    out->pci_device_id = 0x22a310de;
    std::snprintf(out->bus_id, sizeof out->bus_id, "00000000:%02X:00.0", out->bus & 0xff);
    std::snprintf(out->bus_id_legacy, sizeof out->bus_id_legacy, "0000:%02X:00.0", out->bus & 0xff);
    return 0;
  });
}
NVML_SIM_EXPORT Return nvmlDeviceGetNvLinkErrorCounter(Device device, uint32_t link, uint32_t counter, uint64_t* out) {
  if (out == nullptr || counter > 3) return answer::invalid_argument;
  // NVML's order.
  constexpr LinkError errors[] = {LinkError::replay, LinkError::recovery, LinkError::crc, LinkError::crc};
  return call_link(device, link, [&](uint32_t gpu) { return read_link_errors(gpu, link, errors[counter], *out); });
}
