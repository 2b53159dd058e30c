#include "client.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace fluidscope::nvml_sim {

namespace {
void* library = nullptr;
}

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

void load(const char* folder) {
  library = dlopen((std::string(SIMULATED_NVML_FOLDER "/") + folder + "/libnvidia-ml.so.1").c_str(), RTLD_NOW);
  check(library != nullptr, "the library loads");
}

void* find(const char* name) { return dlsym(library, name); }

void* first_device() {
  void* device = nullptr;
  check(nvml("nvmlInit_v2") == 0, "init");
  check(nvml("nvmlDeviceGetHandleByIndex_v2", 0u, &device) == 0, "a handle");
  return device;
}

void shut_down() { check(nvml("nvmlShutdown") == 0, "shutdown"); }

}  // namespace fluidscope::nvml_sim

int main(int count, char** arguments) {
  using namespace fluidscope::nvml_sim;
  if (count > 1 && std::strcmp(arguments[1], "show") == 0) return show_state(), 0;
  test_own_boards();
  test_personas();
  test_state();
  test_mig();
  test_faults();
  test_costs();
  std::puts("ok all");
}
