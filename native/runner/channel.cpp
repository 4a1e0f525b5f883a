#include "runner/channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "engine/plugin/context.hpp"
#include "os/thread/futex.hpp"

namespace plughost::runner {

using namespace ipc;

namespace {

std::atomic<uint32_t> reserved_records{0};  // number of log records that threads have begun to write

std::span<uint8_t> map(int descriptor, int protection, size_t size) {
  if (size == 0) return {};
  void *data = mmap(nullptr, size, protection, MAP_SHARED, descriptor, 0);
  if (data == MAP_FAILED) return {};
  return {static_cast<uint8_t *>(data), size};
}

// Maps a whole file.
std::span<uint8_t> map_all(int descriptor, int protection) {
  struct stat status;
  return fstat(descriptor, &status) == 0 ? map(descriptor, protection, static_cast<size_t>(status.st_size))
                                         : std::span<uint8_t>();
}

void close_all_from(unsigned first) {
  if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  for (int descriptor = static_cast<int>(first); descriptor < 65536; descriptor++) close(descriptor);
}

// Opens a memory anew, for reading only. Returns -1 if the system cannot.
int open_to_read(int descriptor) {
  return ::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

bool Channel::open() {
  errno = 0;
  memory_ = map_all(kRequestsDescriptor, PROT_READ);
  result_memory_ = map_all(kResultsDescriptor, PROT_READ | PROT_WRITE);
  if (memory_.size() < sizeof(Requests) || result_memory_.size() < sizeof(Results)) return false;
  // A child that the plugin forks must not write answers.
  madvise(result_memory_.data(), result_memory_.size(), MADV_DONTFORK);
  requests_ = reinterpret_cast<const Requests *>(memory_.data());
  results_ = new (result_memory_.data()) Results{};
  results_->magic = kMagic;
  results_->major = kMajor;
  results_->minor = kMinor;
  if (requests_->magic != kMagic || requests_->major != kMajor) {
    results_->refusal = Refusal::version;
    set_state(State::refused);
    wake_host();
    return false;
  }
  // The host grows these files later, before it posts a request that uses the new part.
  bool complete = true;
  for (uint32_t slot = 0; slot < kSlots; slot++) {
    payloads_[slot] = map(kPayloadsDescriptor + static_cast<int>(slot), PROT_READ, requests_->payload);
    complete = complete && payloads_[slot].size() == requests_->payload;
  }
  const int plugins = is_builtin(text(requests_->library)) ? 0 : 1;
  const int after_libraries = kLibrariesDescriptor + static_cast<int>(texts(requests_->needed).size()) + plugins;
  if (requests_->blocks > 0) blocks_ = map(after_libraries, PROT_READ, requests_->blocks);
  for (int shared = kRequestsDescriptor; shared < kLibrariesDescriptor; shared++) close(shared);
  if (requests_->shares_blocks && !blocks_.empty()) {
    // The new descriptor gets the number of one that was just closed, below all that are closed next.
    const int descriptor = open_to_read(after_libraries);
    if (descriptor >= 0)
      shared_blocks_ = {sizeof(SharedBlocks), descriptor, blocks_.data(), static_cast<uint64_t>(blocks_.size())};
  }
  close_all_from(static_cast<unsigned>(after_libraries));
  return complete && blocks_.size() == requests_->blocks;
}

std::span<const uint8_t> Channel::payload(uint32_t slot) const { return payloads_[slot]; }

std::span<uint8_t> Channel::answer(uint32_t slot) const {
  const uint64_t size = requests_->answers.size / kSlots;
  return result_memory_.subspan(requests_->answers.offset + slot * size, size);
}

std::string Channel::text(Part part) const {
  return {reinterpret_cast<const char *>(memory_.data() + part.offset), part.size};
}

std::vector<std::string> Channel::texts(Part part) const {
  std::vector<std::string> list;
  const std::string joined = text(part);
  for (size_t at = 0; at < joined.size(); at += list.back().size() + 1) list.emplace_back(joined.c_str() + at);
  return list;
}

void Channel::set_state(State state) const { results_->state.store(state, std::memory_order_release); }

void Channel::wake_host() const {
  results_->done.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(results_->done);
}

bool Channel::next_request(uint32_t *slot) {
  for (;;) {
    if (requests_->posted.load(std::memory_order_seq_cst) != served_) {
      *slot = requests_->queue[served_++ % kSlots];
      return true;
    }
    if (requests_->stop.load(std::memory_order_acquire) != 0) return false;
    results_->sleeping.store(1, std::memory_order_seq_cst);
    constexpr uint64_t kMinute = 60'000'000'000;
    if (requests_->posted.load(std::memory_order_seq_cst) == served_ &&
        requests_->stop.load(std::memory_order_acquire) == 0)
      futex_wait(requests_->posted, served_, kEveryWaiter, kMinute);
    results_->sleeping.store(0, std::memory_order_relaxed);
  }
}

void Channel::publish(uint32_t slot, uint64_t sequence) const {
  results_->results[slot].sequence.store(sequence, std::memory_order_release);
  results_->done.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(results_->done, 1u << slot);
}

void Channel::log(int32_t level, std::string_view text) const {
  const uint32_t number = reserved_records.fetch_add(1, std::memory_order_relaxed);
  LogSlot &slot = results_->log[number % kLogRecords];
  slot.number.store(0, std::memory_order_release);
  slot.level = level;
  slot.size = static_cast<uint32_t>(std::min<size_t>(text.size(), kLogText));
  std::memcpy(slot.text, text.data(), slot.size);
  slot.number.store(number + 1, std::memory_order_release);
  results_->logged.fetch_add(1, std::memory_order_release);
}

const plug_host *Channel::host() {
  host_ = {sizeof(plug_host),
           PLUG_ABI_MAJOR,
           PLUG_ABI_MINOR,
           this,
           [](const plug_host *host, int32_t level, plug_bytes message) {
             if (!host || (!message.data && message.len > 0)) return;
             const auto text = reinterpret_cast<const char *>(message.data);
             static_cast<const Channel *>(host->self)->log(level, {text, static_cast<size_t>(message.len)});
           },
           [](const plug_host *) { return now_ns(); },
           [](const plug_host *host, const char *id) -> const void * {
             if (!host || !id || std::strcmp(id, kSharedBlocks) != 0) return nullptr;
             const SharedBlocks &shared = static_cast<const Channel *>(host->self)->shared_blocks_;
             return shared.size > 0 ? &shared : nullptr;
           }};
  return &host_;
}

}  // namespace plughost::runner
