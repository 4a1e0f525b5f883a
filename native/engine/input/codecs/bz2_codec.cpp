#include "engine/input/codecs/codec.hpp"

#ifdef PLUGHOST_BZ2
#include <bzlib.h>

#include <algorithm>
#include <climits>
#include <new>
#endif

namespace plughost {

#ifdef PLUGHOST_BZ2
namespace {

class Bzip2Codec : public Codec {
 public:
  Bzip2Codec() { begin(); }
  ~Bzip2Codec() override { BZ2_bzDecompressEnd(&stream_); }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    const auto in_size = static_cast<unsigned>(std::min<size_t>(in.size(), UINT_MAX));
    const auto out_size = static_cast<unsigned>(std::min<size_t>(out.size(), UINT_MAX));
    // The library does not write to its input, although the type would allow it.
    stream_.next_in = const_cast<char *>(reinterpret_cast<const char *>(in.data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<char *>(out.data());
    stream_.avail_out = out_size;
    const int status = BZ2_bzDecompress(&stream_);
    Step step;
    step.taken = in_size - stream_.avail_in;
    step.made = out_size - stream_.avail_out;
    switch (status) {
      case BZ_OK:
        break;
      case BZ_STREAM_END:
        step.whole = true;
        BZ2_bzDecompressEnd(&stream_);
        begin();
        break;
      case BZ_MEM_ERROR:
        throw std::bad_alloc();
      case BZ_DATA_ERROR_MAGIC:
        step.damage = "damaged header";
        break;
      default:
        step.damage = "damaged data";
    }
    return step;
  }

 private:
  void begin() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }

  bz_stream stream_{};
};

}  // namespace

std::unique_ptr<Codec> make_bzip2_codec(unsigned) { return std::make_unique<Bzip2Codec>(); }
#else
std::unique_ptr<Codec> make_bzip2_codec(unsigned) { return nullptr; }
#endif

}  // namespace plughost
