// A transform of a run, by the widest call that its plugin offers.
#pragma once

#include <plughost/transform.h>

#include <algorithm>

#include "engine/stages/stage.hpp"

namespace plughost {

// What a transform, or an isolated exporter, may make of a block: room for small ones to grow as they like, and for
// large ones to grow eightfold. Places in it are 32 bits wide, and the last number is PLUG_TRANSFORM_SAME.
constexpr uint64_t kMaxOutput = 32 << 20;
constexpr uint64_t kMaxGrowth = 8;
inline uint64_t output_limit(uint64_t block_size) {
  return std::min<uint64_t>(kMaxOutput + kMaxGrowth * block_size, UINT32_MAX - 1);
}

// The call that is used when `asked` is wanted: a shape that the plugin does not offer is as good as automatic.
Shape shape_of(const plug_transform &calls, Shape asked);

class TransformStage : public LineStage {
 public:
  // `transform`: a copy, which was checked.
  TransformStage(StagePlugin plugin, const plug_transform &transform, Shape shape);

  bool ordered() const override { return (calls.flags & PLUG_TRANSFORM_ORDERED) != 0; }
  bool transforms() const override { return true; }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;

  const plug_transform calls;
};

}  // namespace plughost
