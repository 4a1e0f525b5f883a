#include "keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "engine/host.hpp"
#include "plughost/host.h"

namespace plughost::isolation {
namespace {

// Of one child, in bytes: more is thrown away, and counted.
constexpr uint64_t kMostPrinted = 64 << 10;
constexpr size_t kMostLine = 4096;

int open_process(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

// Lines out of what a child prints.
class Printed {
 public:
  Printed(int descriptor, std::string label) : descriptor_(descriptor, true), label_(std::move(label)) {
    fcntl(descriptor_.get(), F_SETFL, O_NONBLOCK);
  }
  int descriptor() const { return open_ ? descriptor_.get() : -1; }

  // Takes what is there, a bounded part of it, so that a child that prints without a pause does not keep the keeper.
  void drain() {
    char bytes[16384];
    for (int round = 0; round < 8 && open_; round++) {
      const ssize_t got = ::read(descriptor_.get(), bytes, sizeof bytes);
      if (got == 0) open_ = false;
      if (got <= 0) return;
      take({bytes, static_cast<size_t>(got)});
    }
  }
  void finish() {
    drain();
    if (!line_.empty()) put();
    if (thrown_away_ > 0)
      host_for(label_)->log(host_for(label_), PLUG_LOG_WARNING,
                            text("it printed " + std::to_string(thrown_away_) + " more bytes, which are left out"));
  }

 private:
  static plug_bytes text(const std::string &from) {
    return {reinterpret_cast<const uint8_t *>(from.data()), from.size()};
  }
  void take(std::string_view bytes) {
    for (const char byte : bytes) {
      if (printed_ >= kMostPrinted) {
        thrown_away_++;
        continue;
      }
      printed_++;
      if (byte == '\n' || line_.size() == kMostLine) put();
      if (byte != '\n') line_.push_back(byte);
    }
  }
  void put() {
    const plug_host *host = host_for(label_);
    host->log(host, PLUG_LOG_INFO, text(line_));
    line_.clear();
  }

  const Descriptor descriptor_;
  const std::string label_;
  bool open_ = true;
  std::string line_;
  uint64_t printed_ = 0;
  uint64_t thrown_away_ = 0;
};

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions &) = delete;
  Actions &operator=(const Actions &) = delete;
  posix_spawn_file_actions_t *get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes &) = delete;
  Attributes &operator=(const Attributes &) = delete;
  const posix_spawnattr_t *get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// Descriptors of the child are put in place one after the other; the ones they are made of must not be in the way.
Descriptor out_of_the_way(int descriptor) { return {fcntl(descriptor, F_DUPFD_CLOEXEC, 64), true}; }

}  // namespace

struct Keeper::Kept {
  std::shared_ptr<Child> child;
  std::function<void()> on_end;
  std::unique_ptr<Printed> output, errors;
};

Child::~Child() {
  if (process_ >= 0) close(process_);
}

void Child::signal(int number) const { syscall(SYS_pidfd_send_signal, process_, number, nullptr, 0); }

uint64_t Child::starved_ns() const {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/schedstat", pid_);
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC), true);
  char text[128];
  const ssize_t got = file.get() >= 0 ? ::read(file.get(), text, sizeof text - 1) : 0;
  if (got <= 0) return 0;
  text[got] = 0;
  char *second = nullptr;
  std::strtoull(text, &second, 10);
  return std::strtoull(second, nullptr, 10);
}

Keeper &Keeper::process() {
  // Never destroyed: children may end while the process already does.
  static Keeper &keeper = *new Keeper;
  return keeper;
}

Keeper::Keeper() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "create an event");
  std::thread([this] { keep(); }).detach();
}

std::shared_ptr<Child> Keeper::start(ChildSpec spec) {
  Order order{std::move(spec), nullptr};
  std::unique_lock lock(mutex_);
  orders_.push_back(&order);
  eventfd_write(wake_, 1);
  done_.wait(lock, [&] { return order.done; });
  if (order.error != 0) throw std::system_error(order.error, std::generic_category(), order.spec.executable);
  return order.child;
}

void Keeper::keep() {
  std::vector<pollfd> waited;
  for (;;) {
    waited.assign(1, {wake_, POLLIN, 0});
    for (const auto &kept : children_) {
      waited.push_back({kept->child->process_, POLLIN, 0});
      waited.push_back({kept->output->descriptor(), POLLIN, 0});
      waited.push_back({kept->errors->descriptor(), POLLIN, 0});
    }
    poll(waited.data(), waited.size(), -1);
    for (size_t i = 0; i < children_.size(); i++) {
      Kept &kept = *children_[i];
      if (waited[3 * i + 1].revents) reap(&kept);
      if (waited[3 * i + 2].revents) kept.output->drain();
      if (waited[3 * i + 3].revents) kept.errors->drain();
    }
    std::erase_if(children_, [](const auto &kept) { return kept->child->ended(); });
    if (waited[0].revents) {
      eventfd_t ignored;
      eventfd_read(wake_, &ignored);
    }
    std::unique_lock lock(mutex_);
    while (!orders_.empty()) {
      Order *order = orders_.front();
      orders_.pop_front();
      lock.unlock();
      carry_out(order);
      lock.lock();
      order->done = true;
      done_.notify_all();
    }
  }
}

void Keeper::carry_out(Order *order) {
  const ChildSpec &spec = order->spec;
  int output[2], errors[2];
  if (pipe2(output, O_CLOEXEC) != 0) {
    order->error = errno;
    return;
  }
  const Descriptor output_end(output[1], true);
  auto printed = std::make_unique<Printed>(output[0], spec.label + " (standard output)");
  if (pipe2(errors, O_CLOEXEC) != 0) {
    order->error = errno;
    return;
  }
  const Descriptor errors_end(errors[1], true);
  auto complained = std::make_unique<Printed>(errors[0], spec.label + " (standard error)");

  Actions actions;
  std::vector<Descriptor> sources;
  int number = 0;
  posix_spawn_file_actions_addopen(actions.get(), number++, "/dev/null", O_RDONLY, 0);
  std::vector<int> given = {output_end.get(), errors_end.get()};
  given.insert(given.end(), spec.descriptors.begin(), spec.descriptors.end());
  for (const int descriptor : given) {
    sources.push_back(out_of_the_way(descriptor));
    posix_spawn_file_actions_adddup2(actions.get(), sources.back().get(), number++);
  }
  posix_spawn_file_actions_addchdir_np(actions.get(), "/");

  // The loader of the system may need the one variable to find what a plugin needs; the plugin is given no other.
  std::string path = "LD_LIBRARY_PATH=";
  const char *const set = std::getenv("LD_LIBRARY_PATH");
  if (set) path += set;
  char *const environment[] = {set ? path.data() : nullptr, nullptr};
  std::string name = "plughost-runner";
  char *const arguments[] = {name.data(), nullptr};
  const Attributes attributes;
  auto child = std::make_shared<Child>();
  order->error =
      posix_spawn(&child->pid_, spec.executable.c_str(), actions.get(), attributes.get(), arguments, environment);
  if (order->error != 0) return;
  child->process_ = open_process(child->pid_);
  order->child = child;
  children_.push_back(std::make_unique<Kept>(
      Kept{std::move(child), std::move(order->spec.on_end), std::move(printed), std::move(complained)}));
}

void Keeper::reap(Kept *kept) {
  Child &child = *kept->child;
  // Before it is reaped its number is nobody else's, and the group still bears it: what the child left behind goes too.
  ::kill(-child.pid_, SIGKILL);
  int status = 0;
  rusage used{};
  if (wait4(child.pid_, &status, 0, &used) == child.pid_) {
    if (WIFSIGNALED(status)) child.ending_.signal = WTERMSIG(status);
    if (WIFEXITED(status)) child.ending_.status = WEXITSTATUS(status);
    child.ending_.peak_memory = static_cast<uint64_t>(used.ru_maxrss) << 10;
  }
  kept->output->finish();
  kept->errors->finish();
  child.ended_.store(true, std::memory_order_release);
  if (kept->on_end) kept->on_end();
}

}  // namespace plughost::isolation
