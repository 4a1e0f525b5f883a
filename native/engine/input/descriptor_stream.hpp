// Reads a descriptor as a stream.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/input/byte_stream.hpp"
#include "os/file/descriptor.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

// Reads a pipe, terminal, device, socket or file from its position on, until `stop` is raised.
class DescriptorStream : public ByteStream {
 public:
  // `live`: the descriptor may have no bytes for some time, like a pipe and unlike a file.
  DescriptorStream(Descriptor descriptor, bool live, std::shared_ptr<const StopSignal> stop);

  Got read(uint8_t *to, size_t size, bool wait) override;
  uint64_t consumed(uint64_t offset) const override { return offset; }
  std::unique_ptr<ByteStream> from(uint64_t offset) const override;
  bool live() const override { return live_; }

 private:
  const std::shared_ptr<const Descriptor> descriptor_;
  const bool live_;
  const std::shared_ptr<const StopSignal> stop_;
  const uint64_t begin_;  // where a file's input begins in the file
  uint64_t position_ = 0;
};

}  // namespace plughost
