#include "engine/isolation/runner/request_memory.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "os/process/process_id.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

constexpr uint64_t kMinAnswer = 1 << 20;

// The texts of a spec, which follow Requests in memory one after the other.
class Texts {
 public:
  Part add(const std::string &text) {
    const Part part{sizeof(Requests) + bytes_.size(), text.size()};
    bytes_ += text;
    return part;
  }
  Part add(const std::vector<std::string> &list) {
    std::string joined;
    for (const std::string &text : list) joined.append(text).push_back('\0');
    return add(joined);
  }
  const std::string &bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

uint64_t request_size(const RunnerSpec &spec) {
  size_t texts = spec.library.path.size() + spec.label.size() + spec.config.size();
  for (const auto *list : {&spec.readable, &spec.writable, &spec.identities})
    for (const std::string &text : *list) texts += text.size() + 1;
  for (const JudgedLibrary &needed : spec.needed) texts += needed.path.size() + needed.name.size() + 2;
  return page_aligned(sizeof(Requests) + texts);
}

}  // namespace

uint64_t answers_size(const RunnerSpec &spec, const StageConfig &config) {
  // A plugin cannot make an answer larger than the memory it may use.
  const uint64_t limit = spec.memory > 0 ? std::max(spec.memory, kMinAnswer) : UINT64_MAX;
  return kSlots * page_aligned(std::min(config.max_answer, limit));
}

RequestMemory::RequestMemory(const RunnerSpec &spec, const StageConfig &config)
    : memory_("plughost requests", request_size(spec)), requests_(*new (memory_.data()) Requests{}) {
  Texts texts;
  requests_.magic = kMagic;
  requests_.major = kMajor;
  requests_.minor = kMinor;
  requests_.size = sizeof(Requests);
  requests_.host_pid = process_id();
  requests_.payload = page_aligned(config.max_payload);
  requests_.answers = {page_aligned(sizeof(Results)), answers_size(spec, config)};
  requests_.blocks = config.blocks ? config.blocks->size() : 0;
  requests_.memory = spec.memory;
  requests_.sandbox = spec.sandbox;
  requests_.threads = spec.threads;
  requests_.shares_blocks = spec.shares_blocks;
  requests_.compiles = spec.compiles;
  requests_.new_plugin_is_data = spec.new_plugin_is_data;
  requests_.new_plugin_size = spec.new_plugin_size;
  requests_.library = texts.add(spec.library.path);
  requests_.label = texts.add(spec.label);
  requests_.config = texts.add(spec.config);
  requests_.readable = texts.add(spec.readable);
  requests_.writable = texts.add(spec.writable);
  requests_.identities = texts.add(spec.identities);
  std::vector<std::string> paths, names;
  for (const JudgedLibrary &needed : spec.needed) {
    paths.push_back(needed.path);
    names.push_back(needed.name);
  }
  requests_.needed = texts.add(paths);
  requests_.needed_names = texts.add(names);
  requests_.role = config.role;
  requests_.stage = config.stage;
  requests_.invert = config.invert;
  requests_.shape = static_cast<uint32_t>(config.shape);
  requests_.crlf = config.line_end == LineEnd::crlf_too;
  std::memcpy(memory_.data() + sizeof(Requests), texts.bytes().data(), texts.bytes().size());
  memory_.keep_writing_to_myself();
}

}  // namespace plughost::isolation
