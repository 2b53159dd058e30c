/** Compiled once for each library: which driver it is. */
#include "persona.h"

#ifndef NVML_SIM_BUILT_PERSONA
#define NVML_SIM_BUILT_PERSONA -1
#endif

namespace fluidscope::nvml_sim {
const int32_t built_persona = NVML_SIM_BUILT_PERSONA;
}
