#include "engine/input/codecs/codec.hpp"

#ifdef PLUGHOST_ZSTD
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <new>
#endif

namespace plughost {

#ifdef PLUGHOST_ZSTD
namespace {

constexpr int kWindowLog = std::bit_width(kMaxDecoderMiB << 20) - 1;

// The most bytes of a frame's header, with the magic number.
constexpr size_t kMaxHeader = 18;

// Damage is told alike however the bytes arrive. The library gets the first bytes of a frame one at a time, because it
// decodes a frame that is there as a whole in another way, with other errors. Then it gets no more than the part that
// it asks for, because a call that fails does not say what it took: damage is placed where the part begins.
class ZstdCodec : public Codec {
 public:
  ZstdCodec() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    ZSTD_inBuffer input{in.data(), std::min(in.size(), frame_ < kMaxHeader ? 1 : wanted_), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const size_t status = ZSTD_decompressStream(context_.get(), &output, &input);
    Step step{input.pos, output.pos};
    if (!ZSTD_isError(status)) {
      step.whole = status == 0;
      frame_ = step.whole ? 0 : frame_ + step.taken;
      part_ = step.whole || step.taken == wanted_ ? 0 : part_ + step.taken;
      wanted_ = status;
      return step;
    }
    step.back = part_;
    switch (ZSTD_getErrorCode(status)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        step.too_large = true;
        break;
      case ZSTD_error_dstSize_tooSmall:
        // The library means its own buffer: a block is larger than the header says.
        step.damage = ZSTD_getErrorString(ZSTD_error_corruption_detected);
        break;
      default:
        step.damage = ZSTD_getErrorName(status);
    }
    return step;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context_;
  uint64_t frame_ = 0;  // taken of the frame
  size_t part_ = 0;     // taken of the part of it (header, block, checksum) that the library asks for
  size_t wanted_ = 0;   // and not yet taken of that part
};

}  // namespace

std::unique_ptr<Codec> make_zstd_codec() { return std::make_unique<ZstdCodec>(); }
#else
std::unique_ptr<Codec> make_zstd_codec() { return nullptr; }
#endif

}  // namespace plughost
