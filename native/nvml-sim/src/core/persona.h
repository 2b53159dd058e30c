#pragma once
/** The drivers that this library can be. */
#include <cstddef>
#include <cstdint>

namespace fluidscope::nvml_sim {

/** The state file's numbers. */
enum class Persona : uint32_t { r595, r510, r535_early, r550, r575, r580_early, r580, cuda14 };
constexpr uint32_t persona_count = 8;

struct PersonaTraits {
  const char* name;
  uint32_t branch;
  const char* driver_version;
  int32_t cuda_version;
  /** The first of three field ids: software thermal, hardware thermal, power brake; 0: this driver has none. */
  uint32_t throttle_time_field;
  /** Bytes of an element of the process list, version 3. */
  uint32_t process_stride;
  /** Whether what CUDA 13's header calls deprecated answers 26. */
  bool refuses_classic;
};

const PersonaTraits& traits_of(Persona persona);

/** False for a name that none has. */
bool persona_named(const char* name, Persona& persona);

/** The persona that this library was linked as, or -1: then the state file and the environment say. */
extern const int32_t built_persona;

/** The branch that brought a function. */
namespace since {
#define NVML_SIM_INTRODUCED(function, branch) constexpr uint32_t function = branch;
#include "introduced.def"
#undef NVML_SIM_INTRODUCED
}  // namespace since

}  // namespace fluidscope::nvml_sim
