// What the user asked of one stage, wherever its plugin runs.
#pragma once

#include "engine/lines/line_batches.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// A kind of plugin ignores the options that it has no use for.
struct StageOptions {
  bool invert = false;                  // keep the lines that the filter drops
  Shape shape = Shape::auto_;           // the call to use for whole blocks
  LineEnd line_end = LineEnd::newline;  // what the plugin sees as the end of a line
};

}  // namespace plughost
