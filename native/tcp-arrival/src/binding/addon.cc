/**
 * The reactor for JavaScript. Rules:
 *
 * 1. Only the JS thread touches Node-API, but for the thread-safe function, which is made for the reactor's thread.
 * 2. The reactor ends in close(), when it is collected, or in the environment's clean-up hook (a worker's end, process.exit),
 *    whichever is first; the thread-safe function is released after its thread ended, so no call can follow.
 * 3. A batch crosses as two buffers: five numbers an event, and all bytes. Times are relative to the given origin, so that they are
 *    exact as numbers.
 */
#include <arpa/inet.h>
#include <napi.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/reactor.h"

namespace {

constexpr size_t kFieldsCount = 5;
constexpr size_t kSampleFieldsCount = 15;

/** A worker that is being ended can run no JavaScript: what it does not take is lost with it, and is no error. */
void call_quietly(Napi::Env env, Napi::Function on_wake, void*, void*) {
  if (env == nullptr || on_wake.IsEmpty()) return;
  napi_value undefined;
  napi_value result;
  if (napi_get_undefined(env, &undefined) == napi_ok) napi_call_function(env, undefined, on_wake, 0, nullptr, &result);
}

using ToJs = Napi::TypedThreadSafeFunction<void, void, call_quietly>;

class JsWaker : public fluidscope::Waker {
 public:
  explicit JsWaker(ToJs to_js) : to_js_(std::move(to_js)) {}
  void wake() override { to_js_.NonBlockingCall(); }
  void release() { to_js_.Release(); }
  void hold(Napi::Env env, bool holds) {
    if (holds) to_js_.Ref(env);
    else to_js_.Unref(env);
  }

 private:
  ToJs to_js_;
};

uint64_t id_of(const Napi::Value& value) { return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value()); }

class ReactorHandle : public Napi::ObjectWrap<ReactorHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Reactor",
                       {InstanceMethod<&ReactorHandle::connect>("connect"), InstanceMethod<&ReactorHandle::write>("write"),
                        InstanceMethod<&ReactorHandle::finish>("finishWriting"), InstanceMethod<&ReactorHandle::set_reading>("setReading"),
                        InstanceMethod<&ReactorHandle::close_socket>("closeSocket"), InstanceMethod<&ReactorHandle::info>("info"),
                        InstanceMethod<&ReactorHandle::take>("take"), InstanceMethod<&ReactorHandle::set_sampling>("setSampling"),
                        InstanceMethod<&ReactorHandle::take_samples>("takeSamples"), InstanceMethod<&ReactorHandle::hold>("hold"),
                        InstanceMethod<&ReactorHandle::held>("held"), InstanceMethod<&ReactorHandle::close>("close")});
  }

  /** (originMonoNs: bigint, onWake) */
  explicit ReactorHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ReactorHandle>(info), env_(info.Env()) {
    bool is_exact;
    origin_ns_ = info[0].As<Napi::BigInt>().Int64Value(&is_exact);
    auto to_js = ToJs::New(info.Env(), info[1].As<Napi::Function>(), "fluidscope-tcp-arrival", 0, 1);
    to_js.Unref(info.Env());
    waker_ = std::make_shared<JsWaker>(to_js);
    try {
      reactor_ = std::make_unique<fluidscope::Reactor>(waker_, std::make_unique<fluidscope::Clocks>());
    } catch (const std::exception& error) {
      waker_->release();
      throw Napi::Error::New(info.Env(), error.what());
    }
    napi_add_env_cleanup_hook(env_, &ReactorHandle::on_environment_end, this);
  }

  ~ReactorHandle() override { end(); }

 private:
  /** (address, port, family): the number, or a negative errno. */
  Napi::Value connect(const Napi::CallbackInfo& info) {
    if (reactor_ == nullptr) return Napi::Number::New(info.Env(), -ECANCELED);
    const std::string address = info[0].As<Napi::String>();
    const auto port = htons(static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value()));
    sockaddr_storage storage{};
    socklen_t length;
    int is_read;
    if (info[2].As<Napi::Number>().Int32Value() == 6) {
      auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      v6->sin6_family = AF_INET6;
      v6->sin6_port = port;
      is_read = inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr);
      length = sizeof *v6;
    } else {
      auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
      v4->sin_family = AF_INET;
      v4->sin_port = port;
      is_read = inet_pton(AF_INET, address.c_str(), &v4->sin_addr);
      length = sizeof *v4;
    }
    const int64_t id = is_read == 1 ? reactor_->connect(reinterpret_cast<sockaddr*>(&storage), length) : -EINVAL;
    return Napi::Number::New(info.Env(), static_cast<double>(id));
  }

  Napi::Value write(const Napi::CallbackInfo& info) {
    const auto bytes = info[1].As<Napi::Buffer<uint8_t>>();
    return Napi::Boolean::New(info.Env(), reactor_ == nullptr || reactor_->write(id_of(info[0]), bytes.Data(), bytes.Length()));
  }

  void finish(const Napi::CallbackInfo& info) {
    if (reactor_ != nullptr) reactor_->finish_writing(id_of(info[0]));
  }

  void set_reading(const Napi::CallbackInfo& info) {
    if (reactor_ != nullptr) reactor_->set_reading(id_of(info[0]), info[1].As<Napi::Boolean>());
  }

  void close_socket(const Napi::CallbackInfo& info) {
    if (reactor_ != nullptr) reactor_->close(id_of(info[0]));
  }

  Napi::Value info(const Napi::CallbackInfo& info) {
    const auto read = reactor_ == nullptr ? std::nullopt : reactor_->info(id_of(info[0]));
    if (!read) return info.Env().Undefined();
    auto figures = Napi::Object::New(info.Env());
    figures["rttUs"] = read->rtt_us;
    figures["rttVariationUs"] = read->rtt_variation_us;
    figures["retransmitsCount"] = read->retransmits_count;
    figures["lostCount"] = read->lost_count;
    figures["unackedCount"] = read->unacked_count;
    figures["outOfOrderCount"] = read->out_of_order_count;
    figures["receiveQueueBytes"] = read->receive_queue_bytes;
    figures["unsentBytes"] = read->unsent_bytes;
    figures["peerWindowBytes"] = read->peer_window_bytes;
    if (read->receive_window_bytes) figures["receiveWindowBytes"] = *read->receive_window_bytes;
    figures["receivedBytes"] = static_cast<double>(read->received_bytes);
    figures["sinceDataMs"] = read->since_data_ms;
    figures["hasPeerEnded"] = read->peer_ended;
    return figures;
  }

  /** [events: Float64Array, bytes: Buffer] */
  Napi::Value take(const Napi::CallbackInfo& info) {
    if (reactor_ == nullptr) return info.Env().Undefined();
    const fluidscope::Batch batch = reactor_->take();
    auto events = Napi::Float64Array::New(info.Env(), batch.events.size() * kFieldsCount);
    double* field = events.Data();
    for (const fluidscope::Event& event : batch.events) {
      *field++ = static_cast<double>(event.socket);
      *field++ = static_cast<double>(event.kind);
      *field++ = static_cast<double>(event.value);
      *field++ = static_cast<double>(event.arrival_ns - origin_ns_);
      *field++ = static_cast<double>(event.error_ns);
    }
    auto both = Napi::Array::New(info.Env(), 2);
    both[0u] = events;
    both[1u] = Napi::Buffer<uint8_t>::Copy(info.Env(), batch.bytes.data(), batch.bytes.size());
    return both;
  }

  /** (periodMs, silenceMs), or nothing to stop. */
  void set_sampling(const Napi::CallbackInfo& info) {
    if (reactor_ == nullptr) return;
    if (info.Length() < 2) return reactor_->set_sampling(std::nullopt);
    const auto to_ns = [](const Napi::Value& ms) { return static_cast<int64_t>(ms.As<Napi::Number>().DoubleValue() * 1e6); };
    reactor_->set_sampling(fluidscope::SamplingPlan{to_ns(info[0]), to_ns(info[1])});
  }

  /** [samples: Float64Array in the order of `SAMPLE_FIELDS` in connection-samples.ts, lostCount] */
  Napi::Value take_samples(const Napi::CallbackInfo& info) {
    if (reactor_ == nullptr) return info.Env().Undefined();
    const fluidscope::Samples taken = reactor_->take_samples();
    auto samples = Napi::Float64Array::New(info.Env(), taken.samples.size() * kSampleFieldsCount);
    double* field = samples.Data();
    for (const fluidscope::ConnectionSample& sample : taken.samples) field = put(sample, field);
    auto both = Napi::Array::New(info.Env(), 2);
    both[0u] = samples;
    both[1u] = Napi::Number::New(info.Env(), static_cast<double>(taken.lost_count));
    return both;
  }

  double* put(const fluidscope::ConnectionSample& sample, double* field) const {
    const fluidscope::ConnectionInfo& info = sample.info;
    const double values[kSampleFieldsCount] = {
        static_cast<double>(sample.socket),
        static_cast<double>(sample.mono_ns - origin_ns_),
        static_cast<double>(sample.cause),
        static_cast<double>(info.rtt_us),
        static_cast<double>(info.rtt_variation_us),
        static_cast<double>(info.retransmits_count),
        static_cast<double>(info.lost_count),
        static_cast<double>(info.unacked_count),
        static_cast<double>(info.out_of_order_count),
        static_cast<double>(info.receive_queue_bytes),
        static_cast<double>(info.unsent_bytes),
        static_cast<double>(info.peer_window_bytes),
        info.receive_window_bytes ? static_cast<double>(*info.receive_window_bytes) : std::nan(""),
        static_cast<double>(info.received_bytes),
        static_cast<double>(info.since_data_ms),
    };
    return std::copy(std::begin(values), std::end(values), field);
  }

  /** Whether the event loop stays alive for what may come. */
  void hold(const Napi::CallbackInfo& info) {
    if (reactor_ != nullptr) waker_->hold(info.Env(), info[0].As<Napi::Boolean>());
  }

  Napi::Value held(const Napi::CallbackInfo& info) {
    const fluidscope::Held held = reactor_ == nullptr ? fluidscope::Held{} : reactor_->held();
    auto counts = Napi::Object::New(info.Env());
    counts["socketsCount"] = static_cast<double>(held.sockets);
    counts["throttledCount"] = static_cast<double>(held.throttled);
    counts["eventsCount"] = static_cast<double>(held.events);
    counts["eventsBytes"] = static_cast<double>(held.bytes);
    counts["samplesCount"] = static_cast<double>(held.samples);
    return counts;
  }

  void close(const Napi::CallbackInfo&) { end(); }

  static void on_environment_end(void* handle) { static_cast<ReactorHandle*>(handle)->reactor_.reset(); }

  void end() {
    if (reactor_ == nullptr) return;
    napi_remove_env_cleanup_hook(env_, &ReactorHandle::on_environment_end, this);
    reactor_.reset();
    waker_->release();
  }

  napi_env env_;
  int64_t origin_ns_ = 0;
  std::shared_ptr<JsWaker> waker_;
  std::unique_ptr<fluidscope::Reactor> reactor_;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Reactor", ReactorHandle::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(tcp_arrival, init)
