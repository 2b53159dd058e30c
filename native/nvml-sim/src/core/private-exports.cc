/**
 * The one private export that NVIDIA's own nvidia-smi cannot start without. It gives a table of functions that no header describes; here
 * all of them answer that they are not supported, upon which nvidia-smi takes the public functions where there are any.
 */
#include <cstddef>

#include "call.h"

using namespace fluidscope::nvml_sim;

namespace {

Return not_supported() { return answer::not_supported; }

/** More functions than nvidia-smi 535 was seen to ask for (243). */
constexpr size_t function_count = 511;

struct ExportTable {
  size_t bytes;
  Return (*functions[function_count])();
};

ExportTable make_table() {
  ExportTable table{sizeof(ExportTable), {}};
  for (auto& function : table.functions) function = not_supported;
  return table;
}

}  // namespace

NVML_SIM_EXPORT Return nvmlInternalGetExportTable(const ExportTable** out, const void* uuid) {
  if (out == nullptr || uuid == nullptr) return answer::invalid_argument;
  static const ExportTable table = make_table();
  return *out = &table, 0;
}
