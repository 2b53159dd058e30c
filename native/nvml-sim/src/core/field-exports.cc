/** The exported function of field values: which id means what on which driver. */
#include "call.h"
#include "links.h"

using namespace fluidscope::nvml_sim;

namespace {

enum ValueType : uint32_t { type_u32 = 1, type_u64 = 3 };
constexpr uint32_t all_links = 0xffffffff;

struct Answer {
  Return result;
  uint32_t type;
  uint64_t value;
};

Answer from_slot(uint32_t gpu, uint32_t metric, uint32_t type, bool is_gauge) {
  StateSlot slot;
  const Return code = read_slot(gpu, metric, slot);
  if (code != 0) return {code, type, 0};
  return {0, type, is_gauge ? static_cast<uint64_t>(level_of(slot)) : slot.value_bits};
}
Answer gauge(uint32_t gpu, uint32_t metric) { return from_slot(gpu, metric, type_u32, true); }
Answer counter(uint32_t gpu, uint32_t metric) { return from_slot(gpu, metric, type_u64, false); }

/** A link's number, or all ones: the sum over those that the GPU has. */
template <typename Read> Answer of_links(uint32_t gpu, uint32_t scope, Read read_one) {
  const uint32_t count = world().gpu(gpu).nvlink_count;
  if (count == 0) return {answer::not_supported, type_u64, 0};
  if (scope != all_links && scope >= count) return {answer::invalid_argument, type_u64, 0};
  uint64_t sum = 0;
  for (uint32_t link = scope == all_links ? 0 : scope; link < (scope == all_links ? count : scope + 1); ++link) {
    uint64_t value = 0;
    if (const Return code = read_one(link, value); code != 0) return {code, type_u64, 0};
    sum += value;
  }
  return {0, type_u64, sum};
}

Answer link_traffic(uint32_t gpu, uint32_t scope, bool is_received) {
  if (scope == all_links) return counter(gpu, is_received ? 19 : 18);
  return of_links(gpu, scope, [&](uint32_t link, uint64_t& value) { return read_link_traffic(gpu, link, is_received, value); });
}

Answer link_errors(uint32_t gpu, uint32_t scope, LinkError kind) {
  return of_links(gpu, scope, [&](uint32_t link, uint64_t& value) { return read_link_errors(gpu, link, kind, value); });
}

/** Ids 32 to 59 and 96 to 119: seven a kind (links 0 to 5 and the total), then six a kind (links 6 to 11). */
Answer numbered_link_errors(uint32_t gpu, uint32_t id) {
  constexpr LinkError kinds[] = {LinkError::crc, LinkError::crc, LinkError::replay, LinkError::recovery};
  if (id >= 96) return link_errors(gpu, 6 + (id - 96) % 6, kinds[(id - 96) / 6]);
  const uint32_t at = (id - 32) % 7;
  return link_errors(gpu, at == 6 ? all_links : at, kinds[(id - 32) / 7]);
}

/** The power fields that came with 12.0. */
Answer power_field(uint32_t gpu, uint32_t id) {
  const Board& board = world().board(gpu);
  switch (id) {
    case 185: return gauge(gpu, 24);
    case 186: return gauge(gpu, 5);
    case 187: return {0, type_u32, board.limit_min_mw};
    case 188: return {0, type_u32, board.limit_max_mw};
    case 189: return {0, type_u32, world().read(world().gpu(gpu).power_limit_default_mw)};
    default: return gauge(gpu, 34);
  }
}

Answer ecc_field(uint32_t gpu, uint32_t id) {
  if (id <= 2) return world().board(gpu).has_ecc ? Answer{0, type_u32, 1} : Answer{answer::not_supported, type_u32, 0};
  return counter(gpu, id % 2 == 1 ? 81 : 82);
}

Answer link_field(uint32_t gpu, const FieldValue& field) {
  const Board& board = world().board(gpu);
  const bool has_links = world().gpu(gpu).nvlink_count > 0;
  switch (field.id) {
    case 90: case 164: return {has_links ? 0 : answer::not_supported, type_u32, board.nvlink_mbps};
    case 91: return {has_links ? 0 : answer::not_supported, type_u32, world().gpu(gpu).nvlink_count};
    case 138: return link_traffic(gpu, field.scope, false);
    case 139: return link_traffic(gpu, field.scope, true);
    case 161: return link_errors(gpu, field.scope, LinkError::replay);
    case 162: return link_errors(gpu, field.scope, LinkError::recovery);
    case 163: return link_errors(gpu, field.scope, LinkError::crc);
    case 165: return of_links(gpu, field.scope, [&](uint32_t link, uint64_t& value) { return value = is_link_up(gpu, link) ? 1 : 0, 0; });
    default: return numbered_link_errors(gpu, field.id);
  }
}

bool is_link_field(uint32_t id) {
  return (id >= 32 && id <= 59) || (id >= 96 && id <= 119) || id == 90 || id == 91 || id == 138 || id == 139 || (id >= 161 && id <= 165);
}

Answer read_field(uint32_t gpu, const FieldValue& field) {
  const PersonaTraits& driver = world().driver();
  const uint32_t id = field.id;
  // 251 to 253, or 269 to 271: they changed places during 580, and the ids left mean power smoothing, which these boards do not have.
  if (driver.throttle_time_field != 0 && id >= driver.throttle_time_field && id < driver.throttle_time_field + 3) return counter(gpu, id - driver.throttle_time_field + 13);
  if (driver.throttle_time_field == 269 && id >= 251 && id <= 268) return {answer::not_supported, type_u32, 0};
  if (id >= 1 && id <= 6) return ecc_field(gpu, id);
  if (is_link_field(id)) return link_field(gpu, field);
  if (driver.branch >= 525 && id >= 185 && id <= 192 && id != 191) return power_field(gpu, id);
  if (driver.branch >= 525 && (id == 197 || id == 198)) return counter(gpu, id - 197 + 16);
  switch (id) {
    case 74: return counter(gpu, 11);
    case 76: return counter(gpu, 12);
    case 82: return gauge(gpu, 33);
    case 83: return counter(gpu, 10);
    case 94: return counter(gpu, 80);
    case 142: case 143: return counter(gpu, id - 142 + 83);
    case 144: case 145: return gauge(gpu, id - 144 + 85);
    default: return {answer::invalid_argument, type_u32, 0};
  }
}

}  // namespace

NVML_SIM_EXPORT Return nvmlDeviceGetFieldValues(Device device, int32_t count, FieldValue* fields) {
  if (count <= 0 || fields == nullptr) return answer::invalid_argument;
  return call(device, {cost::getter + count}, [&](uint32_t gpu) {
    for (int32_t at = 0; at < count; ++at) {
      FieldValue& field = fields[at];
      const Answer read = read_field(gpu, field);
      field.timestamp_us = wall_us();
      field.latency_us = 0;
      field.result = read.result;
      if (read.result != 0) continue;
      field.value_type = read.type;
      field.value = read.value;
    }
    return 0;
  });
}
