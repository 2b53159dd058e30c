#include "field-values.h"

#include "readers.h"

namespace fluidscope {

using nvml::Return;

namespace {

bool is_plausible_time(Field& field, double value, uint64_t at_ns) {
  const double elapsed_ns = static_cast<double>(at_ns - field.last_ns);
  const bool plausible = field.last < 0 || (value >= field.last && value - field.last <= elapsed_ns * 1.1 + 0.5e9);
  field.last = value;
  field.last_ns = at_ns;
  return plausible;
}

}  // namespace

void add_fields(Session& session, Gpu& gpu, Tier tier, std::vector<Field> fields) {
  std::vector<Metric> metrics;
  for (const Field& field : fields) metrics.push_back(field.metric);
  auto shared = std::make_shared<std::vector<Field>>(std::move(fields));
  auto values = std::make_shared<std::vector<nvml::FieldValue>>(shared->size());
  Session* const owner = &session;
  Gpu* const owned = &gpu;
  add(session, gpu, tier, metrics, session.nvml.nvmlDeviceGetFieldValues != nullptr, [=](Context& context) -> Return {
    int32_t count = 0;
    for (const Field& field : *shared) {
      if (!field.absent) (*values)[static_cast<size_t>(count++)] = {field.id, field.scope, 0, 0, 0, nvml::code::unknown, {}};
    }
    if (count == 0) return nvml::code::not_supported;
    const Return answer = context.call([&] { return owner->nvml.nvmlDeviceGetFieldValues(owned->handle, count, values->data()); });
    if (answer != 0) return answer;
    size_t at = 0;
    Return serious = 0;
    for (Field& field : *shared) {
      if (field.absent) continue;
      const nvml::FieldValue& value = (*values)[at++];
      double real = 0;
      uint64_t whole = 0;
      if (value.result != 0 || !number_of(value.valueType, value.value, real, whole)) {
        const bool is_serious = value.result == nvml::code::gpu_lost || value.result == nvml::code::uninitialized || value.result == nvml::code::reset_required;
        if (is_serious) serious = value.result;
        // An id that this driver does not know is an invalid argument; anything else (a timeout, not ready) can pass.
        const bool stays = value.result == 0 || value.result == nvml::code::invalid_argument || value.result == nvml::code::no_permission || nvml::is_absent(value.result);
        if (!stays) continue;
        field.absent = true;
        owner->set_absent(*owned, {field.metric}, "field " + std::to_string(field.id) + " answers " + std::to_string(value.result));
      } else if (field.must_be_time && !is_plausible_time(field, real, context.before_ns)) {
        field.absent = true;
        owner->set_absent(*owned, {field.metric}, "field " + std::to_string(field.id) + " does not behave as a time on this driver");
      } else if (field.counter) {
        context.emit_counter(field.metric, whole);
      } else {
        context.emit(field.metric, real);
      }
    }
    return serious;
  });
}

}  // namespace fluidscope
