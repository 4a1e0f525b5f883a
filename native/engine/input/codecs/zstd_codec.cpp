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

// The largest header of a frame with its magic number, in bytes.
constexpr size_t kMaxHeader = 18;

// Reports the same damage at the same place, whatever the sizes of reads. The library decodes a frame that is complete
// in memory by other code, with other errors, so it gets the first bytes of a frame one at a time. After them it gets
// at most the part that it asks for: a call that fails does not say how much it took, so damage is reported where the
// part begins.
class ZstdCodec : public Codec {
 public:
  explicit ZstdCodec(unsigned max_mib) : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, std::bit_width(max_mib << 20) - 1);
  }

  Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) override {
    ZSTD_inBuffer input{in.data(), 0, 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // Text that did not fit the last time comes by itself: a call that fails gives no text.
    size_t status = full_ ? ZSTD_decompressStream(context_.get(), &output, &input) : 0;
    if (output.pos == 0) {
      input.size = std::min(in.size(), frame_ < kMaxHeader ? 1 : wanted_);
      status = ZSTD_decompressStream(context_.get(), &output, &input);
    }
    full_ = output.pos == output.size;
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
        // The library means its own buffer: a block is larger than the header states.
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
  uint64_t frame_ = 0;  // bytes of the frame that were taken
  size_t part_ = 0;     // bytes that were taken of the part (header, block, checksum) that the library asks for
  bool full_ = false;   // the last call filled its output, so there may be more
  size_t wanted_ = 0;   // bytes of that part that are missing
};

}  // namespace

std::unique_ptr<Codec> make_zstd_codec(unsigned max_mib) { return std::make_unique<ZstdCodec>(max_mib); }
#else
std::unique_ptr<Codec> make_zstd_codec(unsigned) { return nullptr; }
#endif

}  // namespace plughost
