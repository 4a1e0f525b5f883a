// Texts of which a filter says that every kept line holds one.
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
  // Asks the filter, whose answers are checked and copied. Throws StageFailure.
  Literals(const StagePlugin &plugin, const plug_filter &calls);
  Literals(Literals &&) = default;
  Literals &operator=(Literals &&) = default;

  bool empty() const { return texts_.empty(); }
  // The lines of `in` that hold one of the texts.
  void find_lines(const Content &content, const Selection &in, Selection *out) const;

 private:
  // A text with its search, which points into it.
  struct Text {
    std::string bytes;
    std::string mask;
    finder search;
  };

  void find_lines(std::span<const uint8_t> text, Range range, Selection *out) const;

  std::vector<std::unique_ptr<Text>> texts_;
};

}  // namespace plughost
