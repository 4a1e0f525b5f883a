// Literals: texts of which every line that a filter keeps contains at least one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/lines/selection.hpp"
#include "engine/stages/stage.hpp"
#include "plughost/filter.h"
#include "search/finder.h"

namespace plughost {

class Literals {
 public:
  Literals() = default;
  // Calls plug_filter.literal and copies the texts. Throws StageFailure when the plugin fails or breaks the contract.
  Literals(const StagePlugin &plugin, const plug_filter &calls);
  Literals(Literals &&) = default;
  Literals &operator=(Literals &&) = default;

  bool empty() const { return texts_.empty(); }
  // Writes the lines of `in` that contain one of the texts to *out.
  void find_lines(const Content &content, const Selection &in, Selection *out) const;

 private:
  // A text and its prepared search. `search` points into `bytes` and `mask`, so a Text never moves.
  struct Text {
    std::string bytes;
    std::string mask;
    finder search;
  };

  void find_lines(std::span<const uint8_t> text, Range range, Selection *out) const;

  std::vector<std::unique_ptr<Text>> texts_;
};

}  // namespace plughost
