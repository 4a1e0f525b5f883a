// What a runner uses its plugin for.
#pragma once

#include <cstdint>

#include "engine/lines/line_batches.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// Bytes of lines in one request, unless that is a single line. It bounds what a runner gets and what it may answer.
constexpr uint64_t kMaxPiece = 4 << 20;

class EndingRunners;

struct StageConfig {
  ipc::Role role = ipc::Role::control;
  uint32_t stage = 0;  // index among the stages of the run
  bool invert = false;
  Shape shape = Shape::auto_;
  LineEnd line_end = LineEnd::newline;
  EndingRunners *ending = nullptr;       // of the run, which waits for all its runners together; null: no run
  const SharedMemory *blocks = nullptr;  // blocks of the run that the runner may map; null: lines are copied to it
  uint64_t max_payload = 0;              // bytes of the largest request
  uint64_t max_answer = 0;               // bytes of the largest answer
};

}  // namespace plughost::isolation
