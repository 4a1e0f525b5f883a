// A transform of a run, by the widest call that its plugin offers.
#pragma once

#include <plughost/transform.h>

#include "stage.hpp"

namespace plughost {

class TransformStage : public LineStage {
 public:
  // A shape that the plugin does not offer is as good as automatic.
  TransformStage(StagePlugin plugin, const plug_transform *transform, Shape shape);

  bool ordered() const override { return (calls.flags & PLUG_TRANSFORM_ORDERED) != 0; }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;

  const plug_transform calls;
};

}  // namespace plughost
