#pragma once
/** A client of the library, as others are: through dlsym, with canaries behind its buffers. */
#include <dlfcn.h>

#include <cstdint>
#include <cstring>

#include "abi.h"

namespace fluidscope::nvml_sim {

void check(bool holds, const char* what);

/** Loads the library that can be any driver, or the one of a driver's folder. Each has a state of its own. */
void load(const char* folder = ".");
void* find(const char* name);
/** Init, and the handle of GPU 0. */
void* first_device();
void shut_down();

template <typename... Args> Return nvml(const char* name, Args... args) {
  void* const symbol = find(name);
  check(symbol != nullptr, name);
  return reinterpret_cast<Return (*)(Args...)>(symbol)(args...);
}

template <typename T> struct Guarded {
  T value{};
  unsigned char canaries[64];
  Guarded() { std::memset(canaries, 0xa5, sizeof canaries); }
  ~Guarded() {
    for (const unsigned char each : canaries) check(each == 0xa5, "a canary behind a buffer");
  }
};

inline FieldValue field(void* device, uint32_t id, uint32_t scope = 0) {
  Guarded<FieldValue> out;
  out.value.id = id;
  out.value.scope = scope;
  check(nvml("nvmlDeviceGetFieldValues", device, 1, &out.value) == 0, "a batch of one");
  return out.value;
}

void test_own_boards();
void test_personas();
void test_state();
void test_mig();
void test_faults();
void test_costs();
void show_state();

}  // namespace fluidscope::nvml_sim
