#include "engine/isolation/process/process_supervisor.hpp"

#include <algorithm>
#include <thread>

#include "engine/isolation/process/memory_watch.hpp"
#include "engine/isolation/process/output_capture.hpp"
#include "os/file/poll.hpp"
#include "os/process/spawn.hpp"
#include "os/system_failed.hpp"
#include "os/thread/signals.hpp"

namespace plughost::isolation {
namespace {

// How often the supervisor checks everything when the system refuses to let it wait.
constexpr auto kBusyInterval = std::chrono::milliseconds(5);
// How often, in milliseconds, it checks the memory of children that no thread waits for.
constexpr int kMemoryInterval = 250;

void start_thread(std::function<void()> body) {
  try {
    std::thread(std::move(body)).detach();
  } catch (const std::system_error &error) {
    throw SystemFailed("start a thread", error.code().value());
  }
}

}  // namespace

struct ProcessSupervisor::Supervised {
  // Takes over the pipes. Throws SystemFailed.
  Supervised(std::shared_ptr<Child> child, ChildSpec &spec, Spawned &spawned)
      : child(std::move(child)),
        on_end(std::move(spec.on_end)),
        output(std::move(spawned.output), spec.label + " (standard output)"),
        errors(std::move(spawned.errors), spec.label + " (standard error)") {}

  const std::shared_ptr<Child> child;
  const std::function<void()> on_end;
  OutputCapture output, errors;
};

ProcessSupervisor &ProcessSupervisor::process() {
  // Never destroyed, because children may end while the process exits.
  static ProcessSupervisor &supervisor = *new ProcessSupervisor;
  return supervisor;
}

ProcessSupervisor::ProcessSupervisor() {
  start_thread([this] { main_loop(); });
}

std::shared_ptr<Child> ProcessSupervisor::start(ChildSpec spec) {
  StartOrder order{std::move(spec), nullptr, nullptr};
  std::unique_lock lock(mutex_);
  orders_.push_back(&order);
  wake_.wake();
  done_.wait(lock, [&] { return order.done; });
  if (order.failure) std::rethrow_exception(order.failure);
  return order.child;
}

void ProcessSupervisor::watch_memory(std::weak_ptr<MemoryWatch> watch) {
  {
    std::lock_guard lock(mutex_);
    watches_.push_back(std::move(watch));
  }
  wake_.wake();
}

bool ProcessSupervisor::check_memory() {
  std::lock_guard lock(mutex_);
  std::erase_if(watches_, [](const auto &watch) {
    const auto alive = watch.lock();
    if (alive) alive->check();
    return !alive;
  });
  return !watches_.empty();
}

void ProcessSupervisor::main_loop() {
  // The program's own threads handle its signals. A child starts with the default signal mask.
  block_all_signals();
  std::vector<Polled> polled;
  for (;;) {
    polled.assign(1, {wake_.descriptor(), Event::readable});
    for (const auto &supervised : children_) {
      polled.push_back({supervised->output.descriptor(), Event::readable});
      polled.push_back({supervised->errors.descriptor(), Event::readable});
    }
    // poll() fails with more descriptors than RLIMIT_NOFILE, which can be lowered at any time. Then everything is
    // treated as ready: no read below blocks.
    const bool known = poll(polled, check_memory() ? kMemoryInterval : -1) >= 0;
    if (!known) std::this_thread::sleep_for(kBusyInterval);
    // Reset the event before checking the children, so that a later death wakes the supervisor again.
    if (!known || polled[0].ready) wake_.clear();
    for (size_t i = 0; i < children_.size(); i++) {
      Supervised &supervised = *children_[i];
      if (!known || polled[2 * i + 1].ready) supervised.output.drain();
      if (!known || polled[2 * i + 2].ready) supervised.errors.drain();
      if (supervised.child->dead()) reap(&supervised);
    }
    std::erase_if(children_, [](const auto &supervised) { return supervised->child->ended(); });
    std::unique_lock lock(mutex_);
    while (!orders_.empty()) {
      StartOrder *order = orders_.front();
      orders_.pop_front();
      lock.unlock();
      try {
        order->child = spawn_child(order->spec);
      } catch (...) {
        order->failure = std::current_exception();
      }
      lock.lock();
      order->done = true;
      done_.notify_all();
    }
  }
}

std::shared_ptr<Child> ProcessSupervisor::spawn_child(ChildSpec &spec) {
  // Allocate before there is a child, so that adding it below cannot fail.
  children_.reserve(children_.size() + 1);
  Spawned spawned = spawn(spec.executable, spec.descriptors, spec.environment, spec.folder);
  try {
    auto child = std::make_shared<Child>(spawned.pid);
    auto supervised = std::make_unique<Supervised>(child, spec, spawned);
    start_thread([this, child] {
      child->await_death();
      wake_.wake();
    });
    children_.push_back(std::move(supervised));
    return child;
  } catch (...) {
    kill_and_reap(spawned);
    throw;
  }
}

void ProcessSupervisor::reap(Supervised *supervised) {
  supervised->child->reap();
  supervised->output.finish();
  supervised->errors.finish();
  supervised->child->set_ended(supervised->errors.last_line());
  if (supervised->on_end) supervised->on_end();
}

}  // namespace plughost::isolation
