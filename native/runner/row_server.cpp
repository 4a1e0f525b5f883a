#include "runner/row_server.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "engine/rows/reading/row_reader.hpp"
#include "engine/stages/transform_stage.hpp"
#include "ipc/wire.hpp"

namespace plughost::runner {

using namespace ipc;
using namespace isolation;

namespace {

std::vector<uint32_t> all_of(const Schema &schema) {
  std::vector<uint32_t> indexes(schema.size());
  std::iota(indexes.begin(), indexes.end(), 0);
  return indexes;
}

void append(const void *bytes, size_t size, MemorySink *to) {
  if (!to->buffer().append(bytes, size)) throw std::bad_alloc();
}

}  // namespace

NamedColumns names_of(const RunStage &stage) {
  if (const auto *parser = std::get_if<std::unique_ptr<Parser>>(&stage)) return {(*parser)->fields(), {}, 0};
  if (const auto *filter = std::get_if<std::unique_ptr<RowFilter>>(&stage)) return {(*filter)->columns(), {}, 0};
  if (const auto *aggregator = std::get_if<std::unique_ptr<Aggregator>>(&stage))
    return {(*aggregator)->columns(), (*aggregator)->outputs(), (*aggregator)->revision()};
  return {};
}

RowServer::RowServer(const Channel &channel, std::unique_ptr<Parser> parser, LineEnd line_end)
    : channel_(channel),
      parser_(std::move(parser)),
      batches_(kLargeBatch),
      line_end_(line_end),
      fits_(words_for(kLargeBatch)),
      skipped_(words_for(kLargeBatch)),
      lost_(words_for(kLargeBatch)) {}

RowServer::RowServer(const Channel &channel, std::unique_ptr<RowFilter> filter, LineEnd line_end)
    : channel_(channel),
      filter_(std::move(filter)),
      batches_(kLargeBatch),
      line_end_(line_end),
      fits_(words_for(kLargeBatch)) {}

RowServer::RowServer(const Channel &channel, std::unique_ptr<Aggregator> aggregator, LineEnd line_end)
    : channel_(channel), aggregator_(std::move(aggregator)), batches_(kLargeBatch), line_end_(line_end) {}

RowServer::RowServer(const Channel &channel, ExportWorker &exporter, LineEnd line_end)
    : channel_(channel), exporter_(&exporter), batches_(kLargeBatch), line_end_(line_end) {}

// Finds the columns and rows of a request. Returns whether it has other columns than the request before it.
bool RowServer::unpack(std::span<const uint8_t> extra) {
  Unpacker from(extra);
  const auto head = from.take_one<RowsHead>();
  const auto text = from.take(head.text);
  bool other = false;
  if (!schema_ || !std::ranges::equal(text, text_)) {
    text_.assign(text.begin(), text.end());
    auto fields = columns_of_text(text_);
    if (!fields) throw Malformed{};
    schema_ = std::make_unique<Schema>(std::move(*fields));
    other = true;
  }
  rows_ = head.rows;
  columns_.clear();
  // A plugin that writes to the columns it reads writes to memory that it may not, which is a crash.
  const auto take = [&](uint64_t size) { return const_cast<uint8_t *>(from.take(size).data()); };
  for (size_t i = 0; i < schema_->size() && rows_ > 0; i++) {
    auto *const valid = reinterpret_cast<uint64_t *>(take(words_for(rows_) * sizeof(uint64_t)));
    columns_.push_back({reinterpret_cast<plug_cell *>(take(rows_ * sizeof(plug_cell))), valid});
  }
  given_ = {take(head.made), head.made};
  behind_ = from.rest();
  return other;
}

// Calls make(), which makes the plugin's state. The host blames no line if the plugin fails there.
template <typename Make>
void RowServer::prepare(Make make) const {
  channel_.set_state(State::preparing);
  make();
  channel_.set_state(State::calling);
}

// Calls take(lines, text) with the lines of a request. `spans`: where they are; empty: they must be split.
template <typename Take>
void RowServer::each_batch(RequestContent &request, std::span<const uint8_t> spans, Take take) {
  const Selection &in = request.lines();
  if (spans.empty()) {
    batches_.each(request.content(), in, line_end_, take);
    return;
  }
  const size_t count = spans.size() / sizeof(plug_span);
  if (count > kLargeBatch || in.ranges().empty()) throw Malformed{};
  const uint32_t text = in.ranges()[0].text;
  take(batches_.lines_of(request.content(), {reinterpret_cast<const plug_span *>(spans.data()), count}, text), text);
}

uint64_t RowServer::parse(RequestContent &request, const plug_ctx &ctx, std::span<uint8_t> room) {
  if (unpack(request.extra()) || !parser_worker_) {
    prepare([&] { parser_worker_ = parser_->worker(*schema_); });
    cells_ = std::make_unique<Cells>(schema_->size(), kLargeBatch);
  }
  Content &content = request.content();
  for (Arena &arena : content.arenas)
    if (arena.sink.buffer().size() > 0 && !arena.sink.buffer().reserve(64)) throw std::bad_alloc();
  Packer to(room);
  uint64_t size = 0;
  each_batch(request, behind_, [&](const plug_lines &lines, uint32_t text) {
    const size_t words = words_for(lines.count);
    cells_->clear();
    made_.restart(output_limit(content.block.size()));
    std::fill(fits_.begin(), fits_.end(), 0);
    std::fill(skipped_.begin(), skipped_.end(), 0);
    parser_worker_->parse(content, ctx, lines, text, cells_.get(),
                          {{fits_.data(), words}, {skipped_.data(), words}, {lost_.data(), words}}, &made_);
    to.put(std::span<const uint64_t>(fits_.data(), words));
    to.put(std::span<const uint64_t>(skipped_.data(), words));
    for (size_t i = 0; i < schema_->size(); i++) {
      to.put(cells_->valid(i, lines.count));
      to.put(std::span<const plug_cell>(cells_->column(i).cells, lines.count));
    }
    size = to.size() + made_.buffer().size();
    to.put(made_.buffer().bytes());
  });
  return size;
}

void RowServer::keep(RequestContent &request, const plug_ctx &ctx, MemorySink *out) {
  if (unpack(request.extra()) || !filter_worker_)
    prepare([&] { filter_worker_ = filter_->worker(*schema_, all_of(*schema_)); });
  each_batch(request, behind_, [&](const plug_lines &lines, uint32_t text) {
    const std::span<uint64_t> keep(fits_.data(), words_for(lines.count));
    std::fill(keep.begin(), keep.end(), 0);
    filter_worker_->keep(Rows{request.content(), lines, text, columns_.data(), given_}, ctx, keep);
    append(keep.data(), keep.size_bytes(), out);
  });
}

void RowServer::begin_rows(RequestContent &request, const plug_ctx &ctx, MemorySink *out) {
  unpack(request.extra());
  exporter_->begin_rows(ctx, schema_->get(), out);
}

void RowServer::write_rows(RequestContent &request, const plug_ctx &ctx, MemorySink *out) {
  unpack(request.extra());
  const plug_rows rows{sizeof(plug_rows), rows_, nullptr, &schema_->get(), columns_.data(), given_};
  if (request.lines().ranges().empty()) {
    exporter_->write_rows(nullptr, ctx, rows, out);
    return;
  }
  each_batch(request, behind_, [&](const plug_lines &lines, uint32_t) {
    plug_rows given = rows;
    given.lines = &lines;
    exporter_->write_rows(&request.content(), ctx, given, out);
  });
}

void RowServer::restart(std::span<const uint8_t> payload) {
  auto names = names_of_text({reinterpret_cast<const char *>(payload.data()), payload.size()});
  if (!names) throw Malformed{};
  state_.reset();
  read_ = std::make_unique<Schema>(std::move(names->columns));
  outputs_ = std::make_unique<Schema>(std::move(names->outputs));
  picked_ = all_of(*read_);
  prepare([&] { state_ = aggregator_->state(*read_, picked_, *outputs_); });
}

void RowServer::update(RequestContent &request, const plug_ctx &ctx, MemorySink *out) {
  unpack(request.extra());
  Unpacker from(behind_);
  const auto groups = from.take_one<uint64_t>();
  const auto *const group = reinterpret_cast<const uint32_t *>(from.take(rows_ * sizeof(uint32_t)).data());
  each_batch(request, from.rest(), [&](const plug_lines &lines, uint32_t text) {
    state_->update(Rows{request.content(), lines, text, columns_.data(), given_}, ctx, group,
                   static_cast<uint32_t>(groups));
  });
  const uint64_t memory = state_->memory(static_cast<uint32_t>(groups));
  append(&memory, sizeof memory, out);
}

void RowServer::serialize(std::span<const uint8_t> payload, MemorySink *out) {
  std::vector<uint32_t> groups, sizes;
  Unpacker(payload).take(payload.size() / sizeof(uint32_t), &groups);
  MemorySink bytes;
  size_t before = 0;
  for (const uint32_t group : groups) {
    state_->serialize(group, &bytes);
    sizes.push_back(static_cast<uint32_t>(bytes.buffer().size() - before));
    before = bytes.buffer().size();
    if (before >= kEnoughBytes) break;
  }
  const uint64_t count = sizes.size();
  append(&count, sizeof count, out);
  append(sizes.data(), sizes.size() * sizeof(uint32_t), out);
  const uint32_t gap = 0;
  if (sizes.size() % 2 != 0) append(&gap, sizeof gap, out);
  append(bytes.buffer().bytes().data(), bytes.buffer().size(), out);
}

void RowServer::merge(std::span<const uint8_t> payload) {
  while (!payload.empty()) {
    uint32_t head[2];
    if (payload.size() < sizeof head) throw Malformed{};
    std::memcpy(head, payload.data(), sizeof head);
    payload = payload.subspan(sizeof head);
    if (head[1] > payload.size()) throw Malformed{};
    state_->merge(head[0], {payload.data(), head[1]});
    payload = payload.subspan(head[1]);
  }
}

void RowServer::finish(std::span<const uint8_t> payload, const plug_ctx &ctx, MemorySink *out) {
  std::vector<uint32_t> asked;
  Unpacker(payload).take(2, &asked);
  Cells cells(outputs_->size(), asked[1]);
  made_.restart();
  state_->finish(ctx, asked[0], asked[1], &cells, &made_);
  for (size_t i = 0; i < outputs_->size(); i++) {
    const auto valid = cells.valid(i, asked[1]);
    append(valid.data(), valid.size_bytes(), out);
    append(cells.column(i).cells, asked[1] * sizeof(plug_cell), out);
  }
  append(made_.buffer().bytes().data(), made_.buffer().size(), out);
}

}  // namespace plughost::runner
