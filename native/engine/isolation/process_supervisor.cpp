#include "engine/isolation/process_supervisor.hpp"

#include <algorithm>
#include <thread>

#include "engine/isolation/memory_watch.hpp"
#include "engine/isolation/printed.hpp"
#include "os/file/poll.hpp"
#include "os/process/spawn.hpp"
#include "os/system_failed.hpp"
#include "os/thread/signals.hpp"

namespace plughost::isolation {
namespace {

// How often the supervisor looks after everything when the system does not let it wait.
constexpr auto kLook = std::chrono::milliseconds(5);
// How often, in milliseconds, it looks after the memory of children that nobody waits for.
constexpr int kIdleLook = 250;

void start_thread(std::function<void()> body) {
  try {
    std::thread(std::move(body)).detach();
  } catch (const std::system_error &error) {
    throw SystemFailed("start a thread", error.code().value());
  }
}

}  // namespace

struct ProcessSupervisor::Kept {
  // Takes over the pipes. Throws SystemFailed.
  Kept(std::shared_ptr<Child> child, ChildSpec &spec, Spawned &spawned)
      : child(std::move(child)),
        on_end(std::move(spec.on_end)),
        output(std::move(spawned.output), spec.label + " (standard output)"),
        errors(std::move(spawned.errors), spec.label + " (standard error)") {}

  const std::shared_ptr<Child> child;
  const std::function<void()> on_end;
  Printed output, errors;
};

ProcessSupervisor &ProcessSupervisor::process() {
  // Never destroyed: children may end while the process already does.
  static ProcessSupervisor &supervisor = *new ProcessSupervisor;
  return supervisor;
}

ProcessSupervisor::ProcessSupervisor() {
  start_thread([this] { keep(); });
}

std::shared_ptr<Child> ProcessSupervisor::start(ChildSpec spec) {
  Order order{std::move(spec), nullptr, nullptr};
  std::unique_lock lock(mutex_);
  orders_.push_back(&order);
  wake_.wake();
  done_.wait(lock, [&] { return order.done; });
  if (order.failure) std::rethrow_exception(order.failure);
  return order.child;
}

void ProcessSupervisor::attend(std::weak_ptr<MemoryWatch> watch) {
  {
    std::lock_guard lock(mutex_);
    watches_.push_back(std::move(watch));
  }
  wake_.wake();
}

bool ProcessSupervisor::look_after_memory() {
  std::lock_guard lock(mutex_);
  std::erase_if(watches_, [](const auto &watch) {
    const auto kept = watch.lock();
    if (kept) kept->look();
    return !kept;
  });
  return !watches_.empty();
}

void ProcessSupervisor::keep() {
  // Signals are for the program's own threads. A child has them as the system does.
  block_all_signals();
  std::vector<Polled> waited;
  for (;;) {
    waited.assign(1, {wake_.descriptor(), Event::readable});
    for (const auto &kept : children_) {
      waited.push_back({kept->output.descriptor(), Event::readable});
      waited.push_back({kept->errors.descriptor(), Event::readable});
    }
    // The system refuses to wait for more descriptors than the process may have, a limit that can be lowered at any
    // time. Nothing that follows blocks, so it can be done without knowing what is ready.
    const bool told = poll(waited, look_after_memory() ? kIdleLook : -1) >= 0;
    if (!told) std::this_thread::sleep_for(kLook);
    // Before looking: whoever dies later wakes the supervisor again.
    if (!told || waited[0].ready) wake_.clear();
    for (size_t i = 0; i < children_.size(); i++) {
      Kept &kept = *children_[i];
      if (!told || waited[2 * i + 1].ready) kept.output.drain();
      if (!told || waited[2 * i + 2].ready) kept.errors.drain();
      if (kept.child->dead()) reap(&kept);
    }
    std::erase_if(children_, [](const auto &kept) { return kept->child->ended(); });
    std::unique_lock lock(mutex_);
    while (!orders_.empty()) {
      Order *order = orders_.front();
      orders_.pop_front();
      lock.unlock();
      try {
        order->child = carry_out(order->spec);
      } catch (...) {
        order->failure = std::current_exception();
      }
      lock.lock();
      order->done = true;
      done_.notify_all();
    }
  }
}

std::shared_ptr<Child> ProcessSupervisor::carry_out(ChildSpec &spec) {
  // All that may fail for want of memory comes before there is a child.
  children_.reserve(children_.size() + 1);
  Spawned spawned = spawn(spec.executable, spec.descriptors, spec.environment, spec.folder);
  try {
    auto child = std::make_shared<Child>(spawned.pid);
    auto kept = std::make_unique<Kept>(child, spec, spawned);
    start_thread([this, child] {
      child->await_death();
      wake_.wake();
    });
    children_.push_back(std::move(kept));
    return child;
  } catch (...) {
    kill_and_reap(spawned);
    throw;
  }
}

void ProcessSupervisor::reap(Kept *kept) {
  kept->child->reap();
  kept->output.finish();
  kept->errors.finish();
  kept->child->set_ended(kept->errors.last());
  if (kept->on_end) kept->on_end();
}

}  // namespace plughost::isolation
