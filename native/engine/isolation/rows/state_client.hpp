// The state of an isolated aggregator, which outlives its processes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/rows/fold_journal.hpp"
#include "engine/isolation/rows/state_requests.hpp"
#include "engine/plugin/context.hpp"

namespace plughost::isolation {

// Keeps what the state was made of. When its process is lost, another one makes the state again from that, so that
// every row is folded exactly once. Rows that cost the process are searched in states that are thrown away, and left
// out.
//
// All functions throw StageFailure, StageCancelled, std::bad_alloc. One thread at a time uses an object.
class StateClient {
 public:
  // The client must outlive it, and serves no other state meanwhile. `names`: the text of the aggregator's names.
  // `journal`: bytes of requests that are kept, after which the groups are saved.
  StateClient(RunnerClient &client, const StagePlugin &plugin, std::string names, uint64_t journal);

  // Adds rows.
  void update(Content &content, const plug_ctx &ctx, PackedGroups *rows);
  // Adds bytes to a group.
  void merge(uint32_t group, std::span<const uint8_t> bytes);
  // Asks for the bytes of some groups. Gets those of the first ones: at least one, and the others have to be asked for
  // again. Replaces *sizes by their sizes, and *states by the bytes, without gaps.
  void serialize(std::span<const uint32_t> groups, std::vector<uint32_t> *sizes, ByteBuffer *states);
  // Makes a call that changes nothing. Its answer replaces the content of *out.
  void call(ipc::Operation operation, const plug_ctx &ctx, std::span<const uint8_t> bytes, MemorySink *out);
  // Returns the memory of the groups, here and as the plugin said it after the last rows.
  uint64_t memory() const { return memory_ + saved_.memory(); }

 private:
  using MaybeFault = std::optional<ipc::Fault>;
  template <typename Ask>
  void insist(const char *reason, Ask ask);
  MaybeFault begin();
  MaybeFault ask(const ipc::Request &request, const plug_ctx &ctx, RequestExtra *extra, MemorySink *out);
  MaybeFault ask_about(const LineRequest &request, const Selection &in);
  MaybeFault merge_pending();
  MaybeFault merge_bytes(const GroupBytes &groups, uint64_t *from);
  const char *take_memory(const Answer &answer);
  void fold(const LineRequest &request, const Selection &in, PackedGroups *rows);
  Selection survivors(const LineRequest &request, const Selection &in, ipc::Fault fault);
  void keep(const Content &content, const Selection &in, PackedGroups *rows);
  void save_if_full();

  RunnerClient &client_;
  const StagePlugin &plugin_;
  const CancelWord never_cancelled_;
  const plug_ctx ctx_ = never_cancelled_.context(0);
  const std::string names_;
  PackedBytes begin_;                               // names_
  ipc::Operation asked_ = ipc::Operation::restart;  // the last call
  bool begun_ = false;                              // the process has the state that saved_ and journal_ describe
  SavedGroups saved_;
  FoldJournal journal_;
  uint64_t merged_ = 0;  // bytes of the journal's groups that the process has
  uint64_t memory_ = 0;
  MemorySink answer_;
  ByteBuffer said_;  // answers to `update`
};

}  // namespace plughost::isolation
