// What a host and a runner say to each other through shared memory, each with one writer: requests and their payloads
// (the host's), results (the runner's), blocks (the host's: what was read of the inputs, lent to several runners). The
// host believes nothing of what it finds in the results. docs/isolation.md describes the protocol.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/named_enum.hpp"
#include "ipc/kinds.hpp"
#include "os/memory/pages.hpp"
#include "plughost/base.h"

namespace plughost::ipc {

constexpr uint64_t kMagic = 0x314e5552474c50;  // "PLGRUN1"
constexpr uint32_t kMajor = 1;                 // other majors are refused
constexpr uint32_t kMinor = 1;                 // fields are only added behind the ones that are there

// Descriptors that a runner is born with, beside the three of every process. It maps them and closes them.
constexpr int kRequestsDescriptor = 3;
constexpr int kResultsDescriptor = 4;

// Requests that may be in work at once: one for each thread that shares a runner.
constexpr uint32_t kSlots = 2;

constexpr int kPayloadsDescriptor = 5;  // and those behind it, one for each slot
// Copies of the libraries that the plugin needs, in the order in which they are loaded, and of the plugin;
// Requests::needed counts them. They stay open until all are loaded. Behind them is the memory of blocks, if there is
// one.
constexpr int kLibrariesDescriptor = kPayloadsDescriptor + kSlots;

// Where a runner is in its life. The runner sets it before each step, so that the host can say where it died.
PLUGHOST_NAMED_ENUM(State,
                    starting,    // nothing of the plugin has run
                    confining,   // the sandbox is put up
                    loading,     // constructors of the library run
                    creating,    // NewPlugin
                    asserting,   // the runner checks what NewPlugin returned
                    init,        //
                    ready,       // waits for a request
                    calling,     // works on the request Results::current
                    destroying,  //
                    ended,       //
                    refused)     // Results::refusal says why

// What the host asks of the plugin.
PLUGHOST_NAMED_ENUM(Operation,
                    run,                // plug_plugin.run
                    match,              // plug_filter.match, of one line
                    apply,              // a filter or a transform, of a block
                    begin, write, end,  // an exporter
                    spans)              // a filter: where in lines it finds what it looks for

// A part of the memory of requests or results.
struct Part {
  uint64_t offset;
  uint64_t size;
};

struct Request {
  uint64_t sequence;
  Operation operation;
  uint32_t worker;        // plug_ctx.worker
  uint64_t deadline_ns;   // plug_ctx.deadline_ns
  uint64_t block_at;      // of the block's first byte in the memory of blocks; kInPayload
  uint64_t block_offset;  // in the input
  uint32_t block_size;
  uint32_t block_input;
  uint32_t ranges;  // of the selection
  uint32_t texts;   // made by transforms before this stage
  uint64_t payload_size;
  uint64_t first_number;  // as Content::first_number
  uint32_t numbered;      // lines whose numbers are known
  uint32_t name_size;     // bytes of the input's name, where the plugin asks for it
};
constexpr uint64_t kInPayload = UINT64_MAX;

// In the payload of a request, in this order and each at a multiple of 8: the ranges of the selection; each text as a
// TextHead, its bytes and its origins; the numbered lines; the name; the block's bytes unless it is shared. Of texts
// only the lines of the selection are there, each in its place, and those of a made text begin with its first line in
// the selection. For `match` the payload is the line.
struct TextHead {
  uint32_t bytes;
  uint32_t origins;
};

// The requests.
struct Requests {
  uint64_t magic;
  uint32_t major, minor;
  uint32_t size;  // of this struct
  uint32_t host_pid;
  uint64_t payload;  // bytes of the memory of each slot
  Part answers;      // in the results; divided among the slots
  uint64_t blocks;   // bytes of the memory of blocks
  uint64_t memory;   // bytes that the plugin may have; 0: as it likes
  uint32_t sandbox;  // put it up
  uint32_t threads;  // granted in it
  uint32_t new_plugin_is_data;
  uint32_t new_plugin_size;  // bytes of a data object; 0: the file does not say
  // Texts behind this struct, in this memory; lists with a NUL behind each.
  Part library, label, config, readable, writable;  // the library's real path
  Part identities;            // DEVICE:INODE of each of readable, then of each of writable, when they were granted
  Part needed, needed_names;  // of each library that it needs: the real path, and the name by which it is needed
  // The stage.
  Role role;
  uint32_t stage;  // its place among the stages
  uint32_t invert;
  uint32_t shape;
  uint32_t crlf;

  alignas(64) std::atomic<uint32_t> posted;  // requests so far; the runner sleeps on it
  std::atomic<uint32_t> stop;                // end well
  std::atomic<uint32_t> cancel;              // plug_ctx.cancel
  uint32_t queue[kSlots];                    // request number n, from 0, is requests[queue[n % kSlots]]
  alignas(64) Request requests[kSlots];      // one for each thread that asks
};

// How a request ended.
PLUGHOST_NAMED_ENUM(Outcome, done, failed, cancelled, no_memory)

// What an exporter may write before the first line or behind the last, and what `run` may, in bytes.
constexpr uint64_t kMaxEdge = 128 << 20;
constexpr uint64_t kMaxText = 16 << 20;

// The answer to a request. Behind it, in its part of the answers, each at a multiple of 8: ranges, the bytes that were
// made (spans_answer.hpp says what they are for `spans`), their origins.
struct Result {
  std::atomic<uint64_t> sequence;  // stored last
  Outcome outcome;
  uint32_t kept;  // of match
  uint32_t ranges;
  uint32_t origins;
  uint64_t bytes;
  uint64_t lines_in, lines_changed;
  // Of a failure.
  uint32_t contract;  // the plugin broke the contract; else it failed
  int32_t code;
  int64_t offset;
  uint32_t message_size;
  char operation[20];
  char message[PLUG_ERROR_MESSAGE_MAX];
};

// Why a plugin did not become ready.
PLUGHOST_NAMED_ENUM(Refusal,
                    none,       // it did
                    version,    // host and runner are of different builds
                    sandbox,    // the sandbox could not be put up
                    load,       // the system's loader refused the library
                    assertion,  // what NewPlugin or extension returned breaks the contract
                    abi,        // another major version of the contract
                    config,     // init refused its config
                    failed,     // init or state_new returned an error
                    data,       // the name is no text
                    contract)   // init or state_new returned what it cannot

constexpr size_t kMaxFrames = 12;
struct Frame {
  uint64_t offset;  // of the instruction in its file
  char file[104];
  char symbol[80];
};

// Written by a signal handler. Instructions first, names later: finding them may hang or crash again.
struct Trace {
  std::atomic<uint32_t> written;  // 1 with the facts, 2 with the names
  int32_t signal;                 // 0: the plugin called exit
  int32_t code;                   // si_code, or the exit status
  uint32_t other_thread;          // not the one that serves requests
  uint64_t address;               // that was touched
  uint32_t overflow;              // of the stack
  uint32_t hints;
  uint32_t hint[8];  // bytes of the block's text that a register or the stack pointed to
  uint32_t frames;
  Frame frame[kMaxFrames];
};

constexpr uint32_t kLogRecords = 128;
constexpr uint32_t kLogText = 1016;
struct LogSlot {
  std::atomic<uint32_t> number;  // of the record that is in it, from 1
  int32_t level;
  uint32_t size;
  char text[kLogText];
};

constexpr size_t kMaxName = 256;
constexpr size_t kMaxRefusal = 1024;
constexpr size_t kMaxStruct = 128;

// A copy of the plugin's struct of one kind: as many bytes as the plugin states and this build knows.
struct StructCopy {
  uint32_t size;  // 0: the plugin does not offer the kind
  uint8_t bytes[kMaxStruct];
};
constexpr bool fits_in_copy() {
  for (const Kind &kind : kKinds)
    if (kind.size > kMaxStruct) return false;
  return true;
}
static_assert(fits_in_copy());

constexpr size_t kMaxCallName = 32;

// The first pages of the results.
struct Results {
  uint64_t magic;
  uint32_t major, minor;
  std::atomic<State> state;
  std::atomic<uint32_t> landlock;  // its version; 0: the kernel has none
  Refusal refusal;
  int32_t refusal_code;
  uint32_t refusal_size;
  char refusal_text[kMaxRefusal];
  uint32_t name_size;
  char name[kMaxName];
  StructCopy structs[kKindCount];  // of each kind that the plugin offers

  alignas(64) std::atomic<uint32_t> done;  // requests answered; the host sleeps on it
  std::atomic<uint32_t> sleeping;          // the runner waits for requests
  std::atomic<uint64_t> current;           // the sequence of the request in work, 0 between them
  alignas(64) Result results[kSlots];      // beside requests[]
  Trace crash;
  Trace stuck;  // asked for before a runner that hangs is killed
  std::atomic<uint32_t> logged;
  LogSlot log[kLogRecords];   // record n, from 0, is log[n % kLogRecords]
  char denied[kMaxCallName];  // a call that the sandbox refused, with a NUL; empty: none
};

static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<uint64_t>::is_always_lock_free);

constexpr uint64_t aligned(uint64_t size) { return (size + 7) & ~uint64_t{7}; }

}  // namespace plughost::ipc
