#pragma once
/** Idle boards with slowly moving values, for a library that is used without a simulator. */
#include "state-file.h"

namespace fluidscope::nvml_sim {

struct OwnBoards {
  const StateHeader* header;
  const StateGpu* gpus;
};

/** `h100:8`, `a100:2,l4:1`. Null for a board that is not known. Always the same memory; under the library's lock. */
OwnBoards make_own_boards(const char* wanted);

/** Brings the values to now; under the library's lock. */
void move_own_boards();

}  // namespace fluidscope::nvml_sim
