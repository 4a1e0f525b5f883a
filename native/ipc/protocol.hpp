// The shared memory of a host and a runner. Each memory has one writer: the host writes requests, their payloads, and
// the blocks of the inputs, which several runners share; the runner writes results. The host checks everything that it
// reads there. docs/isolation.md describes the protocol.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/named_enum.hpp"
#include "ipc/kinds.hpp"
#include "os/memory/pages.hpp"
#include "plughost/base.h"

namespace plughost::ipc {

constexpr uint64_t kMagic = 0x314e5552474c50;  // "PLGRUN1"
constexpr uint32_t kMajor = 2;                 // a runner refuses any other major version
constexpr uint32_t kMinor = 0;                 // a new minor version only adds fields at the end

// Descriptors that a runner inherits, in addition to 0, 1 and 2. It maps the memories and closes the descriptors.
constexpr int kRequestsDescriptor = 3;
constexpr int kResultsDescriptor = 4;

// Requests that a runner can have at the same time: one for each thread that shares it.
constexpr uint32_t kSlots = 2;

constexpr int kPayloadsDescriptor = 5;  // the first of kSlots descriptors
// The first of the sealed copies: the libraries in Requests::needed, in the order of loading, then the plugin. They
// stay open until all are loaded. The next descriptor is the memory of blocks, if there is one.
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
                    preparing,   // makes the plugin's state for the columns of a request, before it gets lines
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
                    spans,              // a filter: where in lines it finds what it looks for
                    names,              // the columns that a plugin of the kind in the payload names
                    parse,              // a parser, of lines
                    keep,               // a row filter, of rows
                    begin_rows,         // an exporter
                    write_rows,         // an exporter: rows of lines, or rows without lines
                    restart,            // an aggregator: a new state
                    update,             // an aggregator, of rows
                    serialize,          // an aggregator, of groups
                    merge,              // an aggregator, of groups as bytes
                    finish)             // an aggregator, of adjacent groups

// A part of the memory of requests or results.
struct Part {
  uint64_t offset;
  uint64_t size;
};

struct Request {
  uint64_t sequence;  // number of the request, from 1
  Operation operation;
  uint32_t worker;        // plug_ctx.worker
  uint64_t deadline_ns;   // plug_ctx.deadline_ns
  uint64_t block_at;      // offset of the block in the memory of blocks; kInPayload: its lines are in the payload
  uint64_t block_offset;  // of the block in the input
  uint32_t block_size;
  uint32_t block_input;  // index of the input
  uint32_t ranges;       // number of ranges in the selection
  uint32_t texts;        // number of texts made by transforms before this stage
  uint64_t payload_size;
  uint64_t first_number;  // as Content::first_number
  uint32_t numbered;      // number of NumberedLines
  uint32_t name_size;     // bytes of the input's name; 0 unless the plugin asks for it
};
constexpr uint64_t kInPayload = UINT64_MAX;

// The payload of a request has, in this order, each at a multiple of 8 bytes: the ranges of the selection; for each
// text a TextHead, the bytes and the origins; the numbered lines; the name; the bytes of the block unless block_at has
// them. Block and texts contain only the lines of the selection, each at its offset. The offsets in a made text are
// relative to its first line in the selection. Behind all that, requests about rows have what
// isolation/rows/row_wire.hpp describes. The payload of `match` is the line, and that of `names` the Role of the kind.
struct TextHead {
  uint32_t bytes;
  uint32_t origins;
};

// Names of plugins that are linked into the host and the runner begin with this. Real paths begin with a slash.
constexpr std::string_view kBuiltin = "builtin:";
constexpr bool is_builtin(std::string_view library) { return library.starts_with(kBuiltin); }

// The first pages of the memory of requests.
struct Requests {
  uint64_t magic;
  uint32_t major, minor;
  uint32_t size;  // of this struct
  uint32_t host_pid;
  uint64_t payload;   // bytes of the memory of each slot
  Part answers;       // in the memory of results; divided equally among the slots
  uint64_t blocks;    // bytes of the memory of blocks
  uint64_t memory;    // memory limit of the plugin, in bytes; 0: none
  uint32_t sandbox;   // whether the runner must start the sandbox
  uint32_t threads;   // whether the sandbox grants threads
  uint32_t compiles;  // whether the sandbox lets init make memory executable
  uint32_t new_plugin_is_data;
  uint32_t new_plugin_size;  // bytes of a data object; 0: unknown
  // Texts that follow this struct. Each item of a list ends with a NUL.
  Part library;  // real path; or the name of a builtin plugin, which is_builtin() accepts
  Part label, config, readable, writable;
  Part identities;            // DEVICE:INODE of each path in readable, then in writable, when it was granted
  Part needed, needed_names;  // libraries that the plugin needs: real paths, and the names by which it needs them
  // The stage that the runner serves.
  Role role;
  uint32_t stage;  // its index in the run
  uint32_t invert;
  uint32_t shape;
  uint32_t crlf;

  alignas(64) std::atomic<uint32_t> posted;  // number of requests; a futex on which the runner sleeps
  std::atomic<uint32_t> stop;                // the runner must destroy the plugin and exit
  std::atomic<uint32_t> cancel;              // plug_ctx.cancel
  uint32_t queue[kSlots];                    // request number n, from 0, is requests[queue[n % kSlots]]
  alignas(64) Request requests[kSlots];

  uint32_t shares_blocks;  // the plugin may pass the memory of blocks on: see shared_blocks.hpp
};

// How a request ended.
PLUGHOST_NAMED_ENUM(Outcome, done, failed, cancelled, no_memory)

// Bytes that an exporter may write before the first line, or after the last one.
constexpr uint64_t kMaxEdge = 128 << 20;
// Bytes that `run` may write.
constexpr uint64_t kMaxText = 16 << 20;

// The header of an answer. The slot's part of Requests::answers has, each at a multiple of 8 bytes: the ranges, the
// bytes that were made (for `spans` as in spans_answer.hpp), and their origins.
struct Result {
  std::atomic<uint64_t> sequence;  // of the request; stored last
  Outcome outcome;
  uint32_t kept;  // the answer of match
  uint32_t ranges;
  uint32_t origins;
  uint64_t bytes;
  uint64_t lines_in, lines_changed;
  // For Outcome::failed:
  uint32_t contract;  // 1: the plugin broke the contract; 0: it reported an error
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

// Written by a signal handler: first the addresses, then the names, because looking up names may hang or crash again.
struct Trace {
  std::atomic<uint32_t> written;  // 1: everything except names; 2: also names
  int32_t signal;                 // 0: the plugin called exit
  int32_t code;                   // si_code, or the exit status
  uint32_t other_thread;          // not the thread that serves requests
  uint64_t address;               // whose access failed
  uint32_t overflow;              // the stack overflowed
  uint32_t hints;
  uint32_t hint[8];  // offsets in the block to which a register or the stack pointed
  uint32_t frames;
  Frame frame[kMaxFrames];
};

constexpr uint32_t kLogRecords = 128;
constexpr uint32_t kLogText = 1016;
struct LogSlot {
  std::atomic<uint32_t> number;  // of the record in this slot, from 1
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
  std::atomic<uint32_t> landlock;  // version of Landlock; 0: the kernel has none
  Refusal refusal;
  int32_t refusal_code;
  uint32_t refusal_size;
  char refusal_text[kMaxRefusal];
  uint32_t name_size;
  char name[kMaxName];
  StructCopy structs[kKindCount];  // of each kind that the plugin offers

  alignas(64) std::atomic<uint32_t> done;  // number of answers; a futex on which the host sleeps
  std::atomic<uint32_t> sleeping;          // the runner waits for requests
  std::atomic<uint64_t> current;           // sequence of the request that the runner works on; 0: none
  alignas(64) Result results[kSlots];      // by slot
  Trace crash;
  Trace stuck;  // where a hanging plugin is; the host asks for it before it kills the runner
  std::atomic<uint32_t> logged;
  LogSlot log[kLogRecords];   // record n, from 0, is log[n % kLogRecords]
  char denied[kMaxCallName];  // the last call that the sandbox refused, with a NUL; empty: none
};

static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<uint64_t>::is_always_lock_free);

constexpr uint64_t aligned(uint64_t size) { return (size + 7) & ~uint64_t{7}; }

}  // namespace plughost::ipc
