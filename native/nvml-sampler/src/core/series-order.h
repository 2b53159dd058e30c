#pragma once
#include <vector>

#include "record-ring.h"

namespace fluidscope {

/**
 * Puts a flush's records by GPU, metric and sub_id, those of one series in the order in which they came: whoever reads them then looks a
 * series up once and not once a sample. Linear in the records; `scratch` keeps its memory from flush to flush.
 */
class SeriesOrder {
 public:
  void sort(std::vector<SampleRecord>& records);

 private:
  std::vector<uint32_t> starts_;
  std::vector<SampleRecord> scratch_;
};

}  // namespace fluidscope
