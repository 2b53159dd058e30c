#include "check.h"
#include "pair.h"

using namespace fluidscope;

namespace {

constexpr int64_t kMs = 1'000'000;

std::vector<ConnectionSample> sampled_for(Pair& pair, long ms) {
  std::vector<ConnectionSample> all;
  for (const int64_t until_ns = now_ns() + ms * kMs; now_ns() < until_ns; sleep_ms(5)) {
    pair.gather();
    for (const ConnectionSample& each : pair.reactor.take_samples().samples) all.push_back(each);
  }
  return all;
}

size_t count_of(const std::vector<ConnectionSample>& samples, SampleCause cause) {
  size_t count = 0;
  for (const ConnectionSample& each : samples) count += each.cause == cause ? 1 : 0;
  return count;
}

}  // namespace

TEST(sampled, "every connection is sampled each period while nothing else wakes the thread, and once at its end") {
  Pair pair;
  CHECK(sampled_for(pair, 60).empty());
  pair.reactor.set_sampling(SamplingPlan{20 * kMs, 3'600'000 * kMs});
  const auto samples = sampled_for(pair, 400);
  CHECK(samples.size() >= 3 && samples.size() <= 21);
  for (size_t index = 1; index < samples.size(); ++index) CHECK(samples[index].mono_ns - samples[index - 1].mono_ns >= 20 * kMs);
  pair.reactor.close(pair.id);
  const auto last = pair.reactor.take_samples().samples;
  CHECK(!last.empty() && last.back().cause == SampleCause::kClose && last.back().socket == pair.id);
  pair.reactor.set_sampling(std::nullopt);
  CHECK(sampled_for(pair, 60).empty());
}

TEST(silent, "a connection that falls silent is sampled once for each silence") {
  Pair pair;
  pair.reactor.set_sampling(SamplingPlan{3'600'000 * kMs, 30 * kMs});
  CHECK(count_of(sampled_for(pair, 300), SampleCause::kSilence) == 1);
  pair.say("x");
  const auto samples = sampled_for(pair, 300);
  CHECK(count_of(samples, SampleCause::kSilence) == 1);
  CHECK(!samples.empty() && samples.front().info.received_bytes == 1);
}

TEST(unread, "a sample tells what lies unread, and the window that closes over it") {
  Pair pair;
  pair.reactor.set_reading(pair.id, false);
  const std::string block(1 << 16, 'z');
  for (int quiet = 0; quiet < 20;) {
    quiet = ::send(pair.peer, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0 ? 0 : quiet + 1;
    if (quiet > 0) sleep_ms(5);
  }
  pair.reactor.set_sampling(SamplingPlan{10 * kMs, 3'600'000 * kMs});
  const auto samples = sampled_for(pair, 200);
  CHECK(!samples.empty() && samples.back().info.receive_queue_bytes > 10'000);
  if (!samples.empty() && samples.back().info.receive_window_bytes) CHECK(*samples.back().info.receive_window_bytes < block.size());
}

TEST(untaken, "samples that nobody takes are bounded, and those not kept are counted") {
  ConnectionSampler sampler;
  sampler.plan(SamplingPlan{1, 1});
  SampledConnection connection;
  for (size_t index = 0; index < ConnectionSampler::kMostSamples + 7; ++index) sampler.keep(connection, {1, 1, SampleCause::kInterval, {}});
  const Samples taken = sampler.take();
  CHECK(taken.samples.size() == ConnectionSampler::kMostSamples && taken.lost_count == 7);
  CHECK(sampler.take().lost_count == 0);
}
