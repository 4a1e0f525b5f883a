#include "engine/stages/place_finder.hpp"

#include <algorithm>

namespace plughost {

bool PlaceFinder::tells(LineKind kind) const {
  const auto stages = asked(kind);
  return std::any_of(stages.begin(), stages.end(), [&](const auto &stage) { return stage->tells(kind); });
}

void PlaceFinder::find(const plug_lines &lines, uint32_t text, LineKind kind, Places *places) const {
  places->clear();
  // Text n is what stage n - 1 made.
  const auto stages = asked(kind);
  for (size_t i = text; i < stages.size(); i++)
    if (stages[i]->tells(kind)) (*workers_)[i]->find(*content_, *ctx_, lines, text, kind, places);
}

}  // namespace plughost
