#include "persona.h"

#include <cstring>

namespace fluidscope::nvml_sim {

namespace {

/** CMakeLists.txt takes each line's name and branch from here, in this order. */
constexpr PersonaTraits all_traits[persona_count] = {
    {"595", 595, "595.58.03", 13020, 269, 24, false},
    {"510", 510, "510.108.03", 11060, 0, 24, false},
    {"535-early", 535, "535.54.03", 12020, 0, 32, false},
    {"550", 550, "550.163.01", 12040, 0, 24, false},
    {"575", 575, "575.64.05", 12090, 251, 24, false},
    {"580-early", 580, "580.65.06", 13000, 251, 24, false},
    {"580", 580, "580.126.09", 13000, 269, 24, false},
    {"cuda14", 620, "620.10.01", 14000, 269, 24, true},
};

}  // namespace

const PersonaTraits& traits_of(Persona persona) { return all_traits[static_cast<uint32_t>(persona) % persona_count]; }

bool persona_named(const char* name, Persona& persona) {
  for (uint32_t at = 0; at < persona_count; ++at) {
    if (std::strcmp(all_traits[at].name, name) != 0) continue;
    persona = static_cast<Persona>(at);
    return true;
  }
  return false;
}

}  // namespace fluidscope::nvml_sim
