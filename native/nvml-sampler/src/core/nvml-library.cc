#include "nvml-library.h"

#include <dlfcn.h>

namespace fluidscope::nvml {

LoadResult load(const std::string& path, Library& library) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* found = dlerror();
    std::string text = found == nullptr ? "dlopen failed" : found;
    // The file that is missing must be the library itself: one of its own needs missing is another fix.
    bool missing = text.rfind(path + ":", 0) == 0 && text.find("No such file") != std::string::npos;
    return {missing ? "library_missing" : "library_unusable", text};
  }
  library.path = path;
#define FLUIDSCOPE_LOOK_UP(name, arguments) library.name = reinterpret_cast<Return(*) arguments>(dlsym(handle, #name));
  FLUIDSCOPE_NVML_SYMBOLS(FLUIDSCOPE_LOOK_UP)
#undef FLUIDSCOPE_LOOK_UP
  const char* missing = library.nvmlInit_v2 == nullptr              ? "nvmlInit_v2"
                        : library.nvmlShutdown == nullptr           ? "nvmlShutdown"
                        : library.nvmlDeviceGetCount_v2 == nullptr  ? "nvmlDeviceGetCount_v2"
                        : library.nvmlDeviceGetHandleByIndex_v2 == nullptr ? "nvmlDeviceGetHandleByIndex_v2"
                                                                    : nullptr;
  if (missing != nullptr) return {"library_unusable", path + " does not export " + missing};
  return {"ready", ""};
}

const char* state_of(Return answer) {
  switch (answer) {
    case code::success: return "ready";
    case code::no_permission: return "no_permission";
    case code::uninitialized: return "driver_gone";
    case code::driver_not_loaded: return "driver_not_loaded";
    case code::mismatch: return "driver_mismatch";
    case code::operating_system:
    case code::unknown: return "devices_revoked";
    default: return "init_failed";
  }
}

}  // namespace fluidscope::nvml
