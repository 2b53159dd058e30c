#include "sampler.h"

#include <pthread.h>

#include "wait-for.h"

namespace fluidscope {

Sampler::Sampler(Options options, std::shared_ptr<Sink> sink) : session_(std::make_shared<Session>(std::move(options))), sink_(std::move(sink)) {
  supervisor_ = std::thread([session = session_, done = supervisor_done_] {
    block_signals();
    pthread_setname_np(pthread_self(), "nvml-super");
    supervise(session);
    done->store(true, std::memory_order_release);
  });
  pump_ = std::thread([session = session_, sink = sink_] {
    block_signals();
    pthread_setname_np(pthread_self(), "nvml-pump");
    Pump(session, sink).run();
  });
}

void Sampler::stop() {
  if (session_->stopping.exchange(true)) return;
  session_->lanes_stopping = true;
  pump_.join();
  // Rule 4: up to two lanes and the events are waited for inside.
  if (wait_for(*supervisor_done_, 4 * stop_patience_ns)) supervisor_.join(); else supervisor_.detach();
}

}  // namespace fluidscope
