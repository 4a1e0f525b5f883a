#include "engine/lines/spans.hpp"

#include <utility>

namespace plughost {

void MergedSpans::add(LineSpans *found) {
  if (found_.lines() == 0) {
    std::swap(found_, *found);
    return;
  }
  merged_.clear();
  for (size_t line = 0; line < found_.lines(); line++) {
    const auto first = found_.of(line);
    const auto second = found->of(line);
    SpanOrder order;
    for (size_t i = 0, k = 0; i < first.size() || k < second.size();) {
      const bool from_first = k == second.size() || (i < first.size() && first[i].offset <= second[k].offset);
      const plug_span span = from_first ? first[i++] : second[k++];
      if (!order.fits(span, UINT64_MAX)) continue;
      order.take(span);
      merged_.add(span);
    }
    merged_.end_line();
  }
  std::swap(found_, merged_);
}

}  // namespace plughost
