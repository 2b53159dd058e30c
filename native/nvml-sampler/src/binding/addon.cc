/**
 * The sampler for JavaScript. Rules:
 *
 * 1. Only the JS thread touches Node-API, but for the thread-safe function, which is made for the pump.
 * 2. At most one flush is on its way: `in_flight_` tells the pump to wait, and the rings count what they cannot hold meanwhile.
 * 3. The sampler stops in close(), when it is collected, or in the environment's clean-up hook (a worker's end, process.exit),
 *    whichever is first; the thread-safe function is released after the pump ended, so no call can follow.
 */
#include <napi.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/sampler.h"

namespace {

/** `ADDON_INTERFACE_VERSION` of `src/addon.ts`, which tells when to count it up. */
constexpr uint32_t interface_version = 2;

/** A flush on its way to JavaScript, and what belongs to all of them. */
struct CarriedFlush {
  /** One memory for all flushes: fifty new buffers a second would be garbage that the collector sees late. */
  using Memory = Napi::Reference<Napi::ArrayBuffer>;

  fluidscope::Flush flush;
  std::shared_ptr<std::atomic<bool>> in_flight;
  std::shared_ptr<Memory> memory;

  Napi::ArrayBuffer room(Napi::Env env, size_t bytes_count) {
    if (!memory->IsEmpty() && memory->Value().ByteLength() >= bytes_count) return memory->Value();
    const auto made = Napi::ArrayBuffer::New(env, 2 * bytes_count);
    memory->Reset(made, 1);
    return made;
  }

  /** What the handler is called with. */
  std::vector<napi_value> arguments(Napi::Env env) {
    const size_t bytes_count = flush.records.size() * sizeof(fluidscope::SampleRecord);
    Napi::ArrayBuffer records = room(env, bytes_count);
    if (bytes_count > 0) memcpy(records.Data(), flush.records.data(), bytes_count);
    Napi::Value events = env.Undefined();
    if (!flush.events.empty()) {
      std::string json = "[";
      for (const std::string& event : flush.events) json += (json.size() > 1 ? "," : "") + event;
      events = Napi::String::New(env, json + "]");
    }
    auto counters = Napi::Float64Array::New(env, 6);
    size_t at = 0;
    for (const uint64_t count : {flush.overruns, flush.late_wakeups, flush.guard_changes, flush.events_dropped, flush.max_lateness_ns, flush.inside_calls_ns}) {
      counters[at++] = static_cast<double>(count);
    }
    return {records, Napi::Number::New(env, static_cast<double>(bytes_count)), counters, events};
  }
};

/**
 * What the handler throws stays pending and becomes the process's uncaught error. A worker that is being ended can run no JavaScript: what
 * it does not take is lost with it, and is no error.
 */
void deliver(Napi::Env env, Napi::Function handler, void*, CarriedFlush* carried) {
  const std::unique_ptr<CarriedFlush> owned(carried);
  owned->in_flight->store(false, std::memory_order_release);
  if (env == nullptr || handler.IsEmpty()) return;
  const Napi::HandleScope scope(env);
  std::vector<napi_value> arguments;
  napi_value undefined;
  try {
    arguments = owned->arguments(env);
    undefined = env.Undefined();
  } catch (const Napi::Error&) {
    return;
  }
  napi_value result;
  napi_call_function(env, undefined, handler, arguments.size(), arguments.data(), &result);
}

using ToJs = Napi::TypedThreadSafeFunction<void, CarriedFlush, deliver>;

class FlushSink : public fluidscope::Sink {
 public:
  explicit FlushSink(ToJs to_js) : to_js_(std::move(to_js)) {}

  bool is_ready() override { return !in_flight_->load(std::memory_order_acquire); }

  void take(fluidscope::Flush&& flush) override {
    in_flight_->store(true, std::memory_order_release);
    auto carried = std::make_unique<CarriedFlush>(CarriedFlush{std::move(flush), in_flight_, memory_});
    if (to_js_.NonBlockingCall(carried.get()) == napi_ok) static_cast<void>(carried.release());
  }

  /** On the JS thread, while its environment is there. */
  void forget_memory() { memory_->Reset(); }
  void release() { to_js_.Release(); }

 private:
  ToJs to_js_;
  std::shared_ptr<CarriedFlush::Memory> memory_ = std::make_shared<CarriedFlush::Memory>();
  std::shared_ptr<std::atomic<bool>> in_flight_ = std::make_shared<std::atomic<bool>>(false);
};

/** The JS side has checked the types and ranges. */
fluidscope::Options options_of(const Napi::Object& given) {
  fluidscope::Options options;
  options.library = given.Get("library").As<Napi::String>();
  options.fast_hz = given.Get("fastHz").As<Napi::Number>().DoubleValue();
  options.flush_ms = given.Get("flushIntervalMs").As<Napi::Number>().Uint32Value();
  options.calibrate_ms = given.Get("calibrationMs").As<Napi::Number>().Uint32Value();
  options.stall_ms = given.Get("stallMs").As<Napi::Number>().Uint32Value();
  options.retry_ms = given.Get("retryMs").As<Napi::Number>().Uint32Value();
  options.ring_log2 = given.Get("ringLog2").As<Napi::Number>().Uint32Value();
  options.adapt = given.Get("adapt").As<Napi::Boolean>();
  return options;
}

class SamplerHandle : public Napi::ObjectWrap<SamplerHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Sampler", {InstanceMethod<&SamplerHandle::describe>("describe"), InstanceMethod<&SamplerHandle::close>("close")});
  }

  explicit SamplerHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SamplerHandle>(info), env_(info.Env()) {
    auto to_js = ToJs::New(info.Env(), info[1].As<Napi::Function>(), "fluidscope-nvml-sampler", 0, 1);
    sink_ = std::make_shared<FlushSink>(to_js);
    sampler_ = std::make_unique<fluidscope::Sampler>(options_of(info[0].As<Napi::Object>()), sink_);
    napi_add_env_cleanup_hook(env_, &SamplerHandle::on_environment_end, this);
  }

  ~SamplerHandle() override { end(); }

 private:
  Napi::Value describe(const Napi::CallbackInfo& info) {
    return sampler_ == nullptr ? Napi::String::New(info.Env(), last_description_) : Napi::String::New(info.Env(), sampler_->describe());
  }

  void close(const Napi::CallbackInfo&) { end(); }

  static void on_environment_end(void* handle) { static_cast<SamplerHandle*>(handle)->stop(); }

  void end() {
    if (sampler_ == nullptr) return;
    napi_remove_env_cleanup_hook(env_, &SamplerHandle::on_environment_end, this);
    stop();
    sink_->release();
  }

  void stop() {
    if (sampler_ == nullptr) return;
    sampler_->stop();
    last_description_ = sampler_->describe();
    sampler_.reset();
    sink_->forget_memory();
  }

  napi_env env_;
  std::shared_ptr<FlushSink> sink_;
  std::unique_ptr<fluidscope::Sampler> sampler_;
  std::string last_description_;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("interfaceVersion", Napi::Number::New(env, interface_version));
  exports.Set("Sampler", SamplerHandle::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(nvml_sampler, init)
