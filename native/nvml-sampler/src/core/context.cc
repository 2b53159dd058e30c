#include "context.h"

#include <algorithm>

namespace fluidscope {

Series& Context::series(Metric metric, uint32_t sub_id) {
  const auto id = static_cast<uint16_t>(metric);
  if (sub_id == 0) return desk->whole[id];
  // Processes come and go: forgetting all of them at once costs one "fresh" mark each.
  if (desk->parts.size() > 4096) desk->parts.clear();
  return desk->parts[(uint64_t{id} << 32) | sub_id];
}

void Context::emit(Metric metric, double value, uint32_t sub_id, uint32_t extra_flags, uint64_t sensor_ns) {
  Series& known = series(metric, sub_id);
  ++known.polls;
  uint32_t flags = extra_flags;
  const uint64_t at_ns = (extra_flags & flag_buffered) != 0 ? sensor_ns : before_ns;
  if (!known.seen || known.last != value || (extra_flags & (flag_buffered | flag_window)) != 0) {
    flags |= flag_fresh;
    if (known.last_change_ns != 0 && known.change_intervals_us.size() < 256) {
      known.change_intervals_us.push_back(static_cast<uint32_t>(std::min<uint64_t>((at_ns - known.last_change_ns) / 1000, UINT32_MAX)));
    }
    // The first value's own start is unknown, so the first interval counts from the first change.
    if (known.seen) known.last_change_ns = at_ns, ++known.changes;
  }
  if (!known.seen) session_.end_silence(*gpu, metric);
  known.seen = true;
  known.last = value;
  push(metric, value, sub_id, flags, sensor_ns);
}

void Context::emit_counter(Metric metric, uint64_t value, uint32_t sub_id) {
  Series& known = series(metric, sub_id);
  constexpr uint64_t exact_limit = uint64_t{1} << 53;
  const bool decreased = known.seen && value < known.last_whole;
  if (!known.seen || decreased) known.base = value >= exact_limit ? value : 0;
  known.last_whole = value;
  emit(metric, static_cast<double>(value - known.base), sub_id, decreased ? flag_new_epoch : 0);
}

void Context::push(Metric metric, double value, uint32_t sub_id, uint32_t flags, uint64_t sensor_ns) {
  const bool buffered = (flags & flag_buffered) != 0;
  worker_.ring.push({buffered ? sensor_ns : before_ns, buffered ? 0 : call_ns, gpu->index, static_cast<uint16_t>(metric), value, flags, sub_id, sensor_ns});
}

}  // namespace fluidscope
