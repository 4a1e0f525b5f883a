// A transform in this process, called by transform_batch or transform.
#pragma once

#include <plughost/transform.h>

#include <algorithm>

#include "engine/stages/stage.hpp"

namespace plughost {

// Limits the output of a transform, or of an isolated exporter, for one block: 32 MiB plus eight times the block.
// Offsets in the output have 32 bits, and UINT32_MAX is PLUG_TRANSFORM_SAME.
constexpr uint64_t kMaxOutput = 32 << 20;
constexpr uint64_t kMaxGrowth = 8;
inline uint64_t output_limit(uint64_t block_size) {
  return std::min<uint64_t>(kMaxOutput + kMaxGrowth * block_size, UINT32_MAX - 1);
}

class TransformStage : public LineStage {
 public:
  // `transform` is the engine's own copy of the plugin's struct, already validated.
  TransformStage(StagePlugin plugin, const plug_transform &transform, Shape shape);

  bool ordered() const override { return (calls.flags & PLUG_TRANSFORM_ORDERED) != 0; }
  bool transforms() const override { return true; }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;

  const plug_transform calls;
};

}  // namespace plughost
