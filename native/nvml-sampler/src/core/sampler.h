#pragma once
#include <memory>
#include <string>

#include "pump.h"

namespace fluidscope {

/** Starts at construction, without waiting for the driver; stop() returns within about half a second whatever the driver does. */
class Sampler {
 public:
  Sampler(Options options, std::shared_ptr<Sink> sink);
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  /** Idempotent. The sink is not called after it returns. */
  void stop();
  std::string describe() { return session_->describe(); }

 private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<std::atomic<bool>> supervisor_done_ = std::make_shared<std::atomic<bool>>(false);
  std::thread supervisor_, pump_;
};

}  // namespace fluidscope
