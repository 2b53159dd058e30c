/** What a state file says, shown value for value; lists with their sizing protocols. */
#include <cstdio>

#include "client.h"
#include "state.h"

namespace fluidscope::nvml_sim {

namespace {

constexpr uint32_t all_links = 0xffffffff;

void processes(State& state, void* device) {
  StateGpu& gpu = state.gpu(0);
  gpu.process_count = 3;
  for (uint32_t at = 0; at < 3; ++at) gpu.processes[at] = {41 + at, 10 + at, uint64_t{at + 1} << 20, 5 + at, 0, 100 + at, at, 2 * at};
  Guarded<Process[3]> list;
  uint32_t count = 0;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, static_cast<Process*>(nullptr)) == answer::insufficient_size && count == 3, "how many");
  count = 2;
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, &list.value[0]) == answer::insufficient_size && count == 3 && list.value[0].pid == 0,
        "too little room is told, and not used");
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, &list.value[0]) == 0 && list.value[2].pid == 43 && list.value[2].memory_bytes == 3 << 20, "all");
  Guarded<ProcessV1[3]> first;
  check(nvml("nvmlDeviceGetComputeRunningProcesses", device, &count, &first.value[0]) == 0 && first.value[2].pid == 43, "version 1");
  check(nvml("nvmlDeviceGetComputeRunningProcesses_v2", device, &count, &list.value[0]) == 0 && list.value[1].pid == 42, "version 2");
  check(nvml("nvmlDeviceGetGraphicsRunningProcesses_v3", device, &count, &list.value[0]) == 0 && count == 0, "none draws");
}

void process_details(void* device) {
  Guarded<ProcessDetail[3]> details;
  Guarded<ProcessDetailList> list;
  const auto ask = [&](uint32_t version, uint32_t count, ProcessDetail* room) {
    list.value = {version, 0, count, room};
    return nvml("nvmlDeviceGetRunningProcessDetailList", device, &list.value);
  };
  check(ask(0x01000020, 3, &details.value[0]) == answer::argument_version, "a wrong version word");
  check(ask(0x01000018, 0, nullptr) == answer::insufficient_size && list.value.count == 3, "how many");
  check(ask(0x01000018, 3, &details.value[0]) == 0 && details.value[1].pid == 42 && details.value[1].protected_bytes == 0, "details");
}

void process_utilization(void* device) {
  Guarded<ProcessUtilization[3]> rows;
  uint32_t count = 0;
  const auto ask = [&](uint64_t since, ProcessUtilization* room) { return nvml("nvmlDeviceGetProcessUtilization", device, room, &count, since); };
  check(ask(0, nullptr) == answer::insufficient_size && count == 3, "how many");
  check(ask(100, &rows.value[0]) == 0 && count == 2 && rows.value[0].pid == 42 && rows.value[0].sm == 11 && rows.value[1].decoder == 4, "the newer ones");
  check(ask(102, &rows.value[0]) == answer::not_found, "nothing newer");
  Guarded<ProcessUtilizationV1[3]> newer;
  Guarded<ProcessUtilizationList> list;
  list.value = {0x01000018, 0, 100, nullptr};
  check(nvml("nvmlDeviceGetProcessesUtilizationInfo", device, &list.value) == answer::insufficient_size && list.value.count == 2, "how many");
  list.value.processes = &newer.value[0];
  check(nvml("nvmlDeviceGetProcessesUtilizationInfo", device, &list.value) == 0 && newer.value[1].pid == 43 && newer.value[1].memory == 7, "the newer ones");
  list.value.version = 0x02000018;
  check(nvml("nvmlDeviceGetProcessesUtilizationInfo", device, &list.value) == answer::argument_version, "a wrong version word");
}

void samples(State& state, void* device) {
  const auto push = [](StateSampleRing& ring, uint64_t at_us, uint64_t value) { ring.samples[ring.head++ % sample_ring_length] = {at_us, value}; };
  for (uint64_t at = 1; at <= 200; ++at) push(state.gpu(0).power_samples, at, 1000 * at);
  push(state.gpu(0).utilization_samples, 5, 87);
  push(state.extension(0).memory_utilization_samples, 6, 44);
  Guarded<Sample[128]> rows;
  uint32_t type = 0, count = 0;
  const auto ask = [&](uint32_t kind, uint64_t since, uint32_t room) {
    count = room;
    return nvml("nvmlDeviceGetSamples", device, kind, since, &type, &count, &rows.value[0]);
  };
  check(nvml("nvmlDeviceGetSamples", device, 0u, uint64_t{0}, &type, &count, static_cast<Sample*>(nullptr)) == 0 && count == 128, "the size to bring");
  check(ask(0, 0, 128) == 0 && count == 128 && rows.value[0].timestamp_us == 73 && rows.value[127].value == 200'000 && type == 1, "the ring's last 128, oldest first");
  check(ask(0, 190, 4) == 0 && count == 4 && rows.value[0].timestamp_us == 191, "as many as there is room for, the oldest first");
  check(ask(0, 194, 128) == 0 && count == 6 && rows.value[5].timestamp_us == 200, "the rest with the next call");
  check(ask(0, 200, 128) == answer::not_found && count == 0, "nothing newer");
  check(ask(1, 0, 128) == 0 && count == 1 && rows.value[0].value == 87, "GPU utilization");
  check(ask(2, 0, 128) == 0 && count == 1 && rows.value[0].value == 44, "memory utilization");
  check(ask(3, 0, 128) == answer::not_supported, "what the driver does not keep");
}

void links(State& state, void* device) {
  state.gpu(0).nvlink_count = 4;
  state.gpu(0).nvlink_down_mask = 2;
  state.set_count(0, 18, 1000);
  state.set_count(0, 19, 2000);
  state.set_count(0, link_traffic_slot + 2 * 3, 700);
  for (uint32_t link = 0; link < 4; ++link) {
    for (uint32_t kind = 0; kind < 3; ++kind) state.set_count(0, link_slot + 3 * link + kind, 10 * link + kind);
  }
  Guarded<uint32_t> up;
  check(nvml("nvmlDeviceGetNvLinkState", device, 0u, &up.value) == 0 && up.value == 1, "a link is up");
  check(nvml("nvmlDeviceGetNvLinkState", device, 1u, &up.value) == 0 && up.value == 0, "one is down");
  check(nvml("nvmlDeviceGetNvLinkState", device, 4u, &up.value) == answer::not_supported, "one that this board does not have");
  check(nvml("nvmlDeviceGetNvLinkState", device, 18u, &up.value) == answer::invalid_argument, "one that no board has");
  Guarded<PciInfo> remote;
  check(nvml("nvmlDeviceGetNvLinkRemotePciInfo_v2", device, 0u, &remote.value) == 0 && remote.value.bus == 0xc0, "where it leads");
  Guarded<uint64_t> errors;
  for (uint32_t counter = 0; counter < 4; ++counter) {
    constexpr uint64_t expected[] = {31, 32, 30, 30};
    check(nvml("nvmlDeviceGetNvLinkErrorCounter", device, 3u, counter, &errors.value) == 0 && errors.value == expected[counter], "a link's errors");
  }
  check(field(device, 138, all_links).value == 1000 && field(device, 139, all_links).value == 2000, "the sum of all links' traffic");
  check(field(device, 138, 3).value == 700, "a link's own traffic");
  check(field(device, 139, 3).value == 500, "an equal share where it has none of its own");
  check(field(device, 138, 4).result == answer::invalid_argument, "no such link");
  check(field(device, 161, 3).value == 31 && field(device, 162, 3).value == 32 && field(device, 163, all_links).value == 60, "errors by field");
  check(field(device, 46 + 3).value == 31 && field(device, 52).value == 64, "errors by the older fields");
  check(field(device, 165, 1).value == 0 && field(device, 91).value == 4, "state and number by field");
}

void health(State& state, void* device) {
  for (uint32_t id = 80; id <= 84; ++id) state.set_count(0, id, id);
  state.set_gauge(0, 85, 1);
  state.set_gauge(0, 86, 0);
  Guarded<uint32_t> rows[4], small;
  Guarded<uint64_t> count;
  check(nvml("nvmlDeviceGetPcieReplayCounter", device, &small.value) == 0 && small.value == 80 && field(device, 94).value == 80, "PCIe replays");
  check(nvml("nvmlDeviceGetTotalEccErrors", device, 1u, 1u, &count.value) == 0 && count.value == 82 && field(device, 6).value == 82, "uncorrected errors");
  check(nvml("nvmlDeviceGetMemoryErrorCounter", device, 0u, 0u, 2u, &count.value) == 0 && count.value == 81, "the DRAM's errors");
  check(nvml("nvmlDeviceGetRemappedRows", device, &rows[0].value, &rows[1].value, &rows[2].value, &rows[3].value) == 0 && rows[0].value == 83 &&
            rows[1].value == 84 && rows[2].value == 1 && rows[3].value == 0, "remapped rows");
  check(field(device, 143).value == 84 && field(device, 144).value == 1, "and by field");
  check(nvml("nvmlDeviceGetEccMode", device, &rows[0].value, &rows[1].value) == 0 && rows[0].value == 1, "ECC is on");
  check(nvml("nvmlDeviceGetRetiredPages", device, 0u, &small.value, static_cast<uint64_t*>(nullptr)) == answer::not_supported, "boards that remap retire no pages");
}

void limits(State& state, void* device) {
  state.gpu(0).power_limit_default_mw = 700'000;
  state.set_gauge(0, 34, 650'000);
  Guarded<uint32_t> least, most, out;
  check(nvml("nvmlDeviceGetPowerManagementLimitConstraints", device, &least.value, &most.value) == 0 && least.value == 200'000 && most.value == 700'000, "the limit's range");
  check(nvml("nvmlDeviceGetEnforcedPowerLimit", device, &out.value) == 0 && out.value == 650'000 && field(device, 190).value == 650'000, "the limit");
  check(nvml("nvmlDeviceGetPowerManagementDefaultLimit", device, &out.value) == 0 && out.value == 700'000, "the default limit");
  check(nvml("nvmlDeviceGetTemperatureThreshold", device, 1u, &out.value) == 0 && out.value == 90, "the slowdown threshold");
  check(nvml("nvmlDeviceGetTemperatureThreshold", device, 4u, &out.value) == answer::not_supported, "no acoustic threshold");
  check(nvml("nvmlDeviceGetFanSpeed_v2", device, 0u, &out.value) == answer::not_supported, "a passive board has no fan");
  uint32_t count = 1;
  check(nvml("nvmlDeviceGetSupportedGraphicsClocks", device, 2619u, &count, &out.value) == answer::insufficient_size && count == 110, "how many clocks");
}

void identity(void* device) {
  Guarded<char[64]> text;
  check(nvml("nvmlDeviceGetSerial", device, text.value, 64u) == 0 && std::strlen(text.value) == 13, "a serial number");
  check(nvml("nvmlDeviceGetBoardPartNumber", device, text.value, 64u) == 0 && nvml("nvmlDeviceGetVbiosVersion", device, text.value, 64u) == 0, "the board's numbers");
  void *second = nullptr, *same = nullptr, *near[2] = {};
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 1u, &second) == 0, "a second GPU");
  check(nvml("nvmlDeviceGetHandleByPciBusId_v2", static_cast<const char*>("0000:02:00.0"), &same) == 0 && same == second, "a handle by a short bus id");
  Guarded<uint32_t> level;
  check(nvml("nvmlDeviceGetTopologyCommonAncestor", device, second, &level.value) == 0 && level.value == 20, "they share a switch");
  uint32_t count = 2;
  check(nvml("nvmlDeviceGetTopologyNearestGpus", device, 20u, &count, &near[0]) == 0 && count == 1 && near[0] == second, "the nearest");
  check(nvml("nvmlDeviceGetP2PStatus", device, device, 0u, &level.value) == 0, "peer access");
  unsigned long cpus = 0;
  check(nvml("nvmlDeviceGetCpuAffinity", device, 1u, &cpus) == 0 && (cpus & 1) == 1, "CPUs near it");
}

}  // namespace

void test_state() {
  load();
  State state(2);
  void* const device = first_device();
  processes(state, device);
  process_details(device);
  process_utilization(device);
  samples(state, device);
  links(state, device);
  health(state, device);
  limits(state, device);
  identity(device);
  shut_down();
  std::puts("ok a state file is shown, and lists keep the sizing protocol");
}

}  // namespace fluidscope::nvml_sim
