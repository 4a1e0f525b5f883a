#include "engine/lines/unfit_lines.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace plughost {
namespace {

bool comes_before(const Range &a, const Range &b) { return std::tie(a.text, a.begin) < std::tie(b.text, b.begin); }

}  // namespace

void forget_kept_lines(size_t from, const Selection &kept, Content *content) {
  std::vector<Range> &unfit = content->unfit;
  if (unfit.size() == from || kept.ranges().empty()) return;
  std::vector<Range> ranges = kept.ranges();
  std::sort(ranges.begin(), ranges.end(), comes_before);
  const auto is_kept = [&](const Range &line) {
    const auto next = std::upper_bound(ranges.begin(), ranges.end(), line, comes_before);
    if (next == ranges.begin()) return false;
    const Range &range = *std::prev(next);
    return range.text == line.text && line.begin < range.end;
  };
  unfit.erase(std::remove_if(unfit.begin() + static_cast<std::ptrdiff_t>(from), unfit.end(), is_kept), unfit.end());
}

void forget_lines_behind(const Range &last, Content *content) {
  if (content->unfit.empty()) return;
  const uint64_t end = content->input_offset(last.text, last.end - 1);
  // A transform may have made several lines of one, which have the same offset.
  std::erase_if(content->unfit, [&](const Range &line) {
    return line.text == last.text ? line.begin >= last.end : content->input_offset(line.text, line.begin) > end;
  });
}

void sort_unfit_lines(Content *content) {
  struct Placed {
    uint64_t offset;
    Range range;
  };
  std::vector<Placed> lines;
  lines.reserve(content->unfit.size());
  for (const Range &line : content->unfit) lines.push_back({content->input_offset(line.text, line.begin), line});
  std::sort(lines.begin(), lines.end(), [](const Placed &a, const Placed &b) {
    return a.offset != b.offset ? a.offset < b.offset : comes_before(a.range, b.range);
  });
  content->unfit.clear();
  for (const Placed &line : lines)
    if (content->unfit.empty() || !(content->unfit.back() == line.range)) content->unfit.push_back(line.range);
}

}  // namespace plughost
