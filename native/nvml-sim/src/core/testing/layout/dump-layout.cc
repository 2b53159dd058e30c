/** The state file's layout as the library reads it, as JSON: test/integration/gpu-state-layout.test.ts compares the writer with it. */
#include <cstdio>
#include <string>

#include "../../state-file.h"

using namespace fluidscope::nvml_sim;

int main() {
  std::string json;
  const auto number = [&](const char* name, size_t value) { json += std::string(json.back() == '{' ? "" : ",") + '"' + name + "\":" + std::to_string(value); };
  json = "{\"layout\":{";
  json += "\"magic\":\"" + std::string(state_magic, sizeof state_magic) + '"';
  number("layoutVersion", layout_version);
  number("headerBytes", sizeof(StateHeader));
  number("sequenceAt", offsetof(StateHeader, sequence));
  number("publishedAt", offsetof(StateHeader, published_mono_ns));
  number("initCodeAt", offsetof(StateHeader, init_code));
  number("costScaleAt", offsetof(StateHeader, cost_scale_ppm));
  number("uuidOrderAt", offsetof(StateHeader, uuid_order));
  number("flagsAt", offsetof(StateHeader, flags));
  number("extensionsFlag", flag_extensions);
  number("gpuBytes", sizeof(StateGpu));
  number("deviceStateAt", offsetof(StateGpu, device_state));
  number("stallAt", offsetof(StateGpu, stall_ms));
  number("processCountAt", offsetof(StateGpu, process_count));
  number("xidHeadAt", offsetof(StateGpu, xid_head));
  number("xidsAt", offsetof(StateGpu, xids));
  number("xidBytes", sizeof(StateXid));
  number("xidRingLength", xid_ring_length);
  number("processesAt", offsetof(StateGpu, processes));
  number("processBytes", sizeof(StateProcess));
  number("maxProcessCount", max_processes);
  number("slotsAt", offsetof(StateGpu, slots));
  number("slotBytes", sizeof(StateSlot));
  number("slotCount", slots_per_gpu);
  number("powerSamplesAt", offsetof(StateGpu, power_samples));
  number("utilizationSamplesAt", offsetof(StateGpu, utilization_samples));
  number("extensionBytes", sizeof(StateExtension));
  number("memoryUtilizationSamplesAt", offsetof(StateExtension, memory_utilization_samples));
  number("sampleRingBytes", sizeof(StateSampleRing));
  number("sampleRingLength", sample_ring_length);
  number("sampleBytes", sizeof(StateSample));
  number("gpmIntegralSlots", gpm_integral_offset);
  number("linkSlot", link_slot);
  number("slotsPerLink", 3);
  json += "},\"fields\":{";
  number("gpuCount", offsetof(StateHeader, gpu_count));
  number("slotsPerGpu", offsetof(StateHeader, slots_per_gpu));
  number("persona", offsetof(StateHeader, persona));
  number("seed", offsetof(StateHeader, seed));
  number("name", offsetof(StateGpu, name));
  number("uuid", offsetof(StateGpu, uuid));
  number("busId", offsetof(StateGpu, bus_id));
  number("board", offsetof(StateGpu, board));
  number("arch", offsetof(StateGpu, arch));
  number("memoryTotal", offsetof(StateGpu, memory_total));
  number("nvlinkCount", offsetof(StateGpu, nvlink_count));
  number("pcieGenMax", offsetof(StateGpu, pcie_gen_max));
  number("pcieWidthMax", offsetof(StateGpu, pcie_width_max));
  number("powerLimitDefault", offsetof(StateGpu, power_limit_default_mw));
  number("processPid", offsetof(StateProcess, pid));
  number("processMemory", offsetof(StateProcess, memory_bytes));
  number("processTimestamp", offsetof(StateProcess, timestamp_us));
  number("slotValue", offsetof(StateSlot, value_bits));
  number("slotSensor", offsetof(StateSlot, sensor_mono_ns));
  number("slotReturnCode", offsetof(StateSlot, return_code));
  number("slotRefresh", offsetof(StateSlot, refresh_us));
  number("ringHead", offsetof(StateSampleRing, head));
  number("ringSamples", offsetof(StateSampleRing, samples));
  number("sampleTimestamp", offsetof(StateSample, timestamp_us));
  number("sampleValue", offsetof(StateSample, value));
  number("xidNumber", offsetof(StateXid, xid));
  number("xidType", offsetof(StateXid, type));
  json += "}}";
  std::puts(json.c_str());
}
