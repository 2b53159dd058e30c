#include "measured.h"

#include <algorithm>

namespace fluidscope {

namespace {

std::string number_or_null(const std::vector<uint32_t>& sorted, double share) {
  if (sorted.size() < 2) return "null";
  return std::to_string(uint64_t{sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))]} * 1000);
}

}  // namespace

std::string measured_json(const Desk& desk) {
  std::string json;
  for (const Reader& reader : desk.readers) {
    for (const Metric metric : reader.metrics) {
      const Series& series = desk.whole[static_cast<uint16_t>(metric)];
      if (!series.seen) continue;
      std::vector<uint32_t> sorted = series.change_intervals_us;
      std::sort(sorted.begin(), sorted.end());
      json += std::string(json.empty() ? "" : ",") + "{\"metric\":\"" + name_of(metric) + "\",\"refreshMedianNs\":" + number_or_null(sorted, 0.5) +
              ",\"refreshP10Ns\":" + number_or_null(sorted, 0.1) + ",\"changesCount\":" + std::to_string(series.changes) +
              ",\"pollsCount\":" + std::to_string(series.polls) + ",\"callP50Ns\":" + std::to_string(reader.cost.quantile(0.5)) +
              ",\"callP99Ns\":" + std::to_string(reader.cost.quantile(0.99)) + "}";
    }
  }
  return json;
}

}  // namespace fluidscope
