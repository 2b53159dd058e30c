/** What a simulator can make go wrong while a client runs. No test here depends on how fast the machine is. */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "client.h"
#include "state.h"

namespace fluidscope::nvml_sim {

namespace {

Return power(void* device) {
  Guarded<uint32_t> out;
  return nvml("nvmlDeviceGetPowerUsage", device, &out.value);
}

void* device_at(uint32_t index) {
  void* device = nullptr;
  check(nvml("nvmlDeviceGetHandleByIndex_v2", index, &device) == 0, "a handle");
  return device;
}

void lost_and_reset(State& state) {
  void* const first = first_device();
  void* const second = device_at(1);
  State::change(state.gpu(0).device_state, 16);
  check(power(first) == 16, "reset required");
  State::change(state.gpu(0).device_state, 0);
  check(power(first) == 0, "a reset helps");
  State::change(state.gpu(0).device_state, 15);
  check(power(first) == answer::gpu_lost && power(second) == 0, "one GPU is lost, the other is not");
  State::change(state.gpu(0).device_state, 0);
  check(power(first) == answer::gpu_lost, "lost is lost");
  void* again = nullptr;
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 0u, &again) == answer::gpu_lost, "also for who asks anew");
  shut_down();
  check(power(first_device()) == 0, "until the library is loaded anew");
  shut_down();
  std::puts("ok a GPU is lost, and one needs a reset");
}

void driver_gone(State& state) {
  void* const device = first_device();
  void* set = nullptr;
  check(nvml("nvmlEventSetCreate", &set) == 0, "an event set");
  State::change(state.header().init_code, 9);
  check(power(device) == answer::driver_not_loaded, "the driver is gone");
  State::change(state.header().init_code, 0);
  check(power(device) == answer::driver_not_loaded, "a new driver does not know the old init");
  check(nvml("nvmlEventSetFree", set) == 0, "memory can be given back");
  shut_down();
  State::change(state.header().init_code, 18);
  check(nvml("nvmlInit_v2") == 18, "init says what is wrong");
  State::change(state.header().init_code, 0);
  check(power(first_device()) == 0, "a new init works");
  shut_down();
  std::puts("ok the driver goes and comes back");
}

void stall(State& state) {
  void* const first = first_device();
  void* const second = device_at(1);
  State::change(state.gpu(0).stall_ms, 600'000);
  std::atomic<bool> is_calling{false}, is_back{false};
  std::thread stuck([&] {
    is_calling = true;
    check(power(first) == 0, "a call that stalled");
    is_back = true;
  });
  while (!is_calling) std::this_thread::yield();
  // Time enough for a call that does not stall to come back; one that does never would.
  for (int each = 0; each < 100; ++each) {
    check(power(second) == 0, "the other GPU answers");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  check(!is_back, "the stalled one does not");
  State::change(state.gpu(0).stall_ms, 0);
  stuck.join();
  shut_down();
  std::puts("ok a stalled GPU holds up its own calls only");
}

void one_field(State& state) {
  state.set_gauge(0, 24, 90'000);
  state.gpu(0).slots[24].return_code = 10;
  void* const device = first_device();
  Guarded<FieldValue[2]> fields;
  fields.value[0].id = 186;
  fields.value[1].id = 185;
  check(nvml("nvmlDeviceGetFieldValues", device, 2, &fields.value[0]) == 0, "a batch");
  check(fields.value[0].result == 0 && fields.value[1].result == answer::timeout, "one field fails inside a good batch");
  state.gpu(0).slots[24].return_code = 0;
  shut_down();
  std::puts("ok one field fails");
}

void events(State& state) {
  void* const first = first_device();
  void* const second = device_at(1);
  state.add_event(0, 13, 8);
  void* set = nullptr;
  check(nvml("nvmlEventSetCreate", &set) == 0, "an event set");
  check(nvml("nvmlDeviceRegisterEvents", first, uint64_t{8 | 2}, set) == 0 && nvml("nvmlDeviceRegisterEvents", second, uint64_t{8}, set) == 0, "registered");
  check(nvml("nvmlDeviceRegisterEvents", first, uint64_t{1} << 40, set) == answer::not_supported, "no such event");
  Guarded<EventData> data;
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 0u) == answer::timeout, "what was before is not told");
  state.add_event(0, 0, 4);
  state.add_event(1, 31, 8);
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 10'000u) == 0 && data.value.device == second && data.value.data == 31, "an XID, and not what nobody asked for");
  std::thread later([&] { state.add_event(0, 0, 2); });
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 600'000u) == 0 && data.value.type == 2 && data.value.data == 0, "an ECC event ends a wait");
  later.join();
  state.add_event(0, 79, 8);
  State::change(state.gpu(0).device_state, 15);
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 10'000u) == 0 && data.value.data == 79 && data.value.type == 8, "the GPU fell off the bus: first the XID");
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 10'000u) == answer::gpu_lost, "then the loss");
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 1u) == answer::timeout, "once");
  for (uint32_t at = 0; at < 70; ++at) state.add_event(1, 100 + at, 8);
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 0u) == 0 && data.value.data == 106, "of too many the oldest are gone");
  check(nvml("nvmlEventSetFree", set) == 0 && nvml("nvmlEventSetFree", set) == answer::invalid_argument, "freed once");
  check(nvml("nvmlEventSetWait_v2", set, &data.value, 0u) == answer::invalid_argument, "no wait on what is freed");
  State::change(state.gpu(0).device_state, 0);
  shut_down();
  std::puts("ok events are told in their order");
}

void order(State& state) {
  void* const first = first_device();
  Guarded<uint32_t> index;
  State::change(state.header().uuid_order, 1);
  check(nvml("nvmlDeviceGetIndex", first, &index.value) == 0 && index.value == 1, "another index");
  check(device_at(1) == first, "for the same GPU");
  State::change(state.header().uuid_order, 0);
  shut_down();
  std::puts("ok the order of GPUs changes");
}

}  // namespace

void test_faults() {
  load();
  State state(2);
  lost_and_reset(state);
  driver_gone(state);
  stall(state);
  one_field(state);
  events(state);
  order(state);
}

}  // namespace fluidscope::nvml_sim
