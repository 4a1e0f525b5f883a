// Reads bytes as a file of states, and writes again what could be read. Input: the keys and aggregators of the
// sections; whether the checksum is corrected; what follows the prefix.
#include <cstring>
#include <optional>

#include "engine/rows/states/state_reader.hpp"
#include "engine/rows/states/state_writer.hpp"
#include "engine/stages/plugin_call.hpp"
#include "fuzz.hpp"

using namespace plughost;

namespace {

using Bytes = std::vector<uint8_t>;

struct Group {
  Bytes key;
  std::vector<Bytes> states;

  bool operator==(const Group &) const = default;
};

struct File {
  std::vector<std::vector<Group>> sections;
  StateCounts counts;
};

const Bytes &prefix() {
  static const Bytes bytes{'p', 'r', 'e', 'f', 'i', 'x'};
  return bytes;
}

class MemoryOutput : public Output {
 public:
  void put(ByteBuffer &bytes) override { written_.insert(written_.end(), bytes.bytes().begin(), bytes.bytes().end()); }
  void put_in_place(std::span<OutputPiece>) override { REQUIRE(false); }
  void flush() override {}
  void stop_waiting() override {}
  uint64_t written() const override { return written_.size(); }
  // Returns what follows the prefix.
  Bytes rest() const { return {written_.begin() + static_cast<std::ptrdiff_t>(prefix().size()), written_.end()}; }

 private:
  Bytes written_;
};

class ListSource : public GroupSource {
 public:
  explicit ListSource(const std::vector<Group> &groups) : groups_(groups) {}
  const GroupRecord *next() override {
    if (at_ == groups_.size()) return nullptr;
    const Group &group = groups_[at_++];
    record_.key = group.key;
    record_.states.assign(group.states.begin(), group.states.end());
    return &record_;
  }

 private:
  const std::vector<Group> &groups_;
  size_t at_ = 0;
  GroupRecord record_;
};

// Returns nothing when the bytes are refused.
std::optional<File> read_file_of(const Bytes &bytes, const std::vector<StateSection> &sections) {
  const Descriptor file(fuzz::file_of({reinterpret_cast<const char *>(bytes.data()), bytes.size()}), true);
  const StateInput input{"fuzz", file.get(), prefix()};
  try {
    StateReader reader(input, sections);
    File found;
    for (size_t i = 0; i < sections.size(); i++) {
      found.sections.emplace_back();
      while (const GroupRecord *record = reader.next(i)) {
        Group group{{record->key.begin(), record->key.end()}, {}};
        for (const auto &state : record->states) group.states.emplace_back(state.begin(), state.end());
        found.sections.back().push_back(std::move(group));
      }
    }
    found.counts = reader.end();
    return found;
  } catch (const StageFailure &failed) {
    REQUIRE(failed.failure.kind == FailureKind::state && !failed.failure.message.empty());
    return std::nullopt;
  }
}

Bytes write_file_of(const File &file) {
  const CancelWord cancel;
  MemoryOutput output;
  StateWriter writer(output);
  writer.begin(prefix());
  for (const auto &groups : file.sections) {
    ListSource source(groups);
    REQUIRE(writer.section(source, cancel.context(0)) == groups.size());
  }
  writer.end(file.counts);
  return output.rest();
}

void correct_checksum(Bytes *bytes) {
  if (bytes->size() < 4) return;
  Crc32c crc;
  crc.add(prefix());
  crc.add(std::span(*bytes).first(bytes->size() - 4));
  const uint32_t value = crc.value();
  std::memcpy(bytes->data() + bytes->size() - 4, &value, sizeof value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  std::vector<StateSection> sections(settings.number(1, 3));
  for (StateSection &section : sections) {
    section.aggregators = settings.number(1, 3);
    const uint32_t keys = settings.number(0, 3);
    for (uint32_t i = 0; i < keys; i++) section.by.push_back({i, settings.number(PLUG_TEXT, PLUG_BOOLEAN), {}});
  }
  const bool correct = settings.byte() % 4 > 0;
  const std::string_view rest = settings.rest();
  Bytes bytes(rest.begin(), rest.end());
  if (correct) correct_checksum(&bytes);

  const auto found = read_file_of(bytes, sections);
  if (!found) return 0;
  const Bytes written = write_file_of(*found);
  const auto again = read_file_of(written, sections);
  REQUIRE(again && again->sections == found->sections);
  REQUIRE(again->counts.lines == found->counts.lines && again->counts.groups == found->counts.groups);
  REQUIRE(write_file_of(*again) == written);
  return 0;
}
