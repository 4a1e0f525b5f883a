// The lines of a request, rebuilt as the engine's stages take them. Used by the serving thread while the plugin is
// ready.
#pragma once

#include <cstdint>
#include <span>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "ipc/protocol.hpp"
#include "runner/channel.hpp"

namespace plughost::runner {

class RequestContent {
 public:
  // Unpacks a request: the block, the texts of earlier transforms, the selected lines. The block is not copied: it
  // stays in memory that the host shares, so the result is valid until the request is answered. `payload` is that of
  // the request. Throws std::bad_alloc.
  void unpack(const Channel &channel, const ipc::Request &request, std::span<const uint8_t> payload);

  Content &content() { return content_; }
  // The lines that the stage is asked about.
  const Selection &lines() const { return lines_; }
  std::span<const uint8_t> block() const { return shared_.bytes; }
  // What the request has behind its lines, for requests about rows.
  std::span<const uint8_t> extra() const { return extra_; }

 private:
  // Gives a PageBuffer the host's memory, which the runner only reads.
  struct SharedPages : PagePool {
    uint8_t *take() override { return const_cast<uint8_t *>(bytes.data()); }
    void give_back(uint8_t *) override {}
    size_t region_size() const override { return bytes.size(); }

    std::span<const uint8_t> bytes;
  };

  SharedPages shared_;
  Content content_;
  Selection lines_;
  std::span<const uint8_t> extra_;
};

}  // namespace plughost::runner
