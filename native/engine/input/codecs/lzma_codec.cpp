#include "engine/input/codecs/codec.hpp"

#ifdef PLUGHOST_LZMA
#include <lzma.h>

#include <algorithm>
#include <new>
#endif

namespace plughost {

#ifdef PLUGHOST_LZMA
namespace {

// What a decoder needs beside its dictionary, in MiB.
constexpr uint64_t kBesideMiB = 4;

// When a chunk of xz is longer than it states, the library notices that only at the end of a call. So no call crosses a
// multiple of this many bytes, and damage is reported at the last multiple: the place does not depend on the sizes of
// reads.
constexpr uint64_t kGrain = 512;

// Decodes streams of xz, or one file of the older lzma format.
class LzmaCodec : public Codec {
 public:
  using Begin = lzma_ret (*)(lzma_stream *stream, uint64_t memory);

  LzmaCodec(Begin begin, unsigned max_mib) : begin_(begin), memory_((max_mib + kBesideMiB) << 20) { restart(); }
  ~LzmaCodec() override { lzma_end(&stream_); }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    stream_.next_in = in.data();
    const size_t in_size = std::min<uint64_t>(in.size(), kGrain - member_ % kGrain);
    stream_.avail_in = in_size;
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
    Step step;
    step.taken = in_size - stream_.avail_in;
    member_ += step.taken;
    step.made = out.size() - stream_.avail_out;
    switch (status) {
      case LZMA_OK:
      case LZMA_BUF_ERROR:
        break;
      case LZMA_STREAM_END:
        step.whole = true;
        restart();
        break;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        step.too_large = true;
        break;
      case LZMA_OPTIONS_ERROR:
        step.damage = "it is made in a way that this version of liblzma does not know";
        break;
      case LZMA_FORMAT_ERROR:
        step.damage = "damaged header";
        break;
      default:
        step.damage = "damaged data";
        if (member_ > 0) step.back = (member_ - 1) % kGrain + 1;
    }
    return step;
  }

 private:
  // Begins a stream. The library uses the memory of the stream before again.
  void restart() {
    if (begin_(&stream_, memory_) != LZMA_OK) throw std::bad_alloc();
    member_ = 0;
  }

  const Begin begin_;
  const uint64_t memory_;  // bytes
  lzma_stream stream_ = LZMA_STREAM_INIT;
  uint64_t member_ = 0;  // bytes of the stream that were taken
};

}  // namespace

std::unique_ptr<Codec> make_xz_codec(unsigned max_mib) {
  return std::make_unique<LzmaCodec>(
      [](lzma_stream *stream, uint64_t memory) { return lzma_stream_decoder(stream, memory, 0); }, max_mib);
}

std::unique_ptr<Codec> make_lzma_codec(unsigned max_mib) {
  return std::make_unique<LzmaCodec>(lzma_alone_decoder, max_mib);
}
#else
std::unique_ptr<Codec> make_xz_codec(unsigned) { return nullptr; }
std::unique_ptr<Codec> make_lzma_codec(unsigned) { return nullptr; }
#endif

}  // namespace plughost
