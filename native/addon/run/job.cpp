#include "addon/run/job.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "addon/run/run_result.hpp"
#include "addon/run/run_spec.hpp"
#include "addon/values/object_reader.hpp"
#include "engine/input/feed.hpp"
#include "engine/output/batch_queue.hpp"
#include "engine/output/writer.hpp"
#include "os/system_failed.hpp"

namespace plughost::addon {
namespace {

// Returns an ArrayBuffer that shares memory of `owner` without a copy. The owner lives until JavaScript collects it.
template <typename Owner>
Napi::ArrayBuffer shared_buffer(Napi::Env env, void *data, size_t size, Owner owner) {
  if (size == 0) return Napi::ArrayBuffer::New(env, 0);
  auto *shared = new Owner(std::move(owner));
  return Napi::ArrayBuffer::New(
      env, data, size, [](Napi::Env, void *, Owner *collected) { delete collected; }, shared);
}

// Returns an error for JavaScript. If the system refused something, it has `errno` and `operation`.
Napi::Error error_of(Napi::Env env, const std::exception &thrown) {
  auto error = Napi::Error::New(env, thrown.what());
  const auto *refused = dynamic_cast<const std::system_error *>(&thrown);
  if (!refused) return error;
  const auto *named = dynamic_cast<const SystemFailed *>(&thrown);
  error.Set("errno", static_cast<double>(refused->code().value()));
  error.Set("operation", named ? named->operation() : "start a thread");
  return error;
}

// A run with its output and the input that JavaScript feeds. It keeps itself alive until the run has ended, even if
// JavaScript drops it.
class Job : public Napi::ObjectWrap<Job> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Job",
        {InstanceAccessor<&Job::done>("done"), InstanceMethod<&Job::progress>("progress"),
         InstanceMethod<&Job::keep_alive>("keepAlive"), InstanceMethod<&Job::cancel>("cancel"),
         InstanceMethod<&Job::take>("take"), InstanceMethod<&Job::feed>("feed"), InstanceMethod<&Job::close>("close")});
  }

  explicit Job(const Napi::CallbackInfo &info) : ObjectWrap(info), done_(Napi::Promise::Deferred::New(info.Env())) {
    const Napi::Env env = info.Env();
    RunSpec spec = read_run_spec(info[0]);
    const ObjectReader given(info[0], "spec");
    try {
      open_output(given, &spec);
    } catch (const std::system_error &error) {
      throw error_of(env, error);
    }
    if (given.flag("fed")) {
      feed_ = std::make_shared<Feed>([this] { notify(); });
      InputSpec input;
      input.name = "the stream";
      input.feed = feed_;
      spec.inputs.push_back(std::move(input));
      spec.on_step = [this] { notify(); };
      skips_lines_ = spec.long_lines == LongLines::skip;
    }
    promise_ = Napi::Persistent(done_.Promise());
    wake_ = Napi::ThreadSafeFunction::New(env, Napi::Function(), "plughost run", 0, 1);
    // If the JavaScript thread ends first (a worker that is terminated), the hook cancels the run and waits for it.
    napi_add_env_cleanup_hook(env, abandon, this);
    Ref();
    try {
      run_ = std::make_unique<Run>(std::move(spec), [this] {
        ended_ = true;
        notify();
      });
    } catch (const std::exception &error) {
      napi_remove_env_cleanup_hook(env, abandon, this);
      wake_.Release();
      Unref();
      throw error_of(env, error);
    }
    update_liveness(env);
  }

 private:
  void open_output(const ObjectReader &spec, RunSpec *run) {
    const auto value = spec.value("output");
    if (value.IsNumber()) {
      output_ = std::make_unique<Writer>(static_cast<int>(spec.whole("output", INT32_MAX)));
    } else if (!value.IsNull()) {
      const std::string kind = spec.text("output");
      if (kind != "batches" && kind != "bytes" && kind != "frames")
        spec.refuse("output", "a descriptor, batches, bytes, frames or null");
      const BatchForm form = kind == "batches" ? BatchForm::lines
                             : kind == "bytes" ? BatchForm::bytes
                                               : BatchForm::frames;
      auto queue = std::make_unique<BatchQueue>(form, [this] { notify(); });
      queue_ = queue.get();
      output_ = std::move(queue);
    }
    run->output = output_.get();
    if (!spec.value("unparsed").IsNull())
      unparsed_ = std::make_unique<Writer>(static_cast<int>(spec.whole("unparsed", INT32_MAX)));
    run->unparsed = unparsed_.get();
  }

  static void abandon(void *data) {
    auto *self = static_cast<Job *>(data);
    if (self->queue_) self->queue_->close();
    self->stop_waiting();
    self->run_.reset();
  }

  void stop_waiting() {
    if (output_) output_->stop_waiting();
    if (unparsed_) unparsed_->stop_waiting();
  }

  // Wakes the JavaScript thread, which may wait for what has changed. One wake-up is enough until it looks. [any]
  void notify() {
    if (notified_.exchange(true)) return;
    wake_.NonBlockingCall([this](Napi::Env env, Napi::Function) { look(env); });
  }

  void look(Napi::Env env) {
    notified_ = false;
    const bool ended = ended_;
    answer_pending(env);
    // If a further look is queued, that one ends the job. Otherwise it would run on a destroyed object.
    if (ended && !notified_.exchange(true)) end(env);
  }

  // Resolves the promises of feed() and take() for which there is an answer.
  void answer_pending(Napi::Env env) {
    // Read before the queue: everything that the run puts there is put before the end.
    const bool ended = ended_;
    if (pending_feed_) feed_on(env);
    if (pending_take_) {
      Batch batch;
      if (queue_->take(&batch)) {
        std::exchange(pending_take_, std::nullopt)->Resolve(object_of(env, std::move(batch)));
      } else if (ended) {
        std::exchange(pending_take_, std::nullopt)->Resolve(env.Null());
      }
    }
    if (run_) update_liveness(env);
  }

  // Hands the next part of the piece from JavaScript to the feed. It copies only as much as the feed accepts at once,
  // so that memory stays bounded. JavaScript may have transferred or resized the buffer meanwhile.
  void feed_on(Napi::Env env) {
    // Waits for the feed to be empty. After the run has ended, the promise resolves only once `done` was delivered:
    // otherwise a caller that feeds in a tight loop would starve it.
    if (run_ && !feed_->used()) return;
    if (run_ && piece_at_ < piece_size_) {
      const auto bytes = piece_.Value().As<Napi::Uint8Array>();
      if (bytes.ByteLength() != piece_size_) {
        lose_piece(env);
        return;
      }
      give({bytes.Data() + piece_at_, std::min(piece_size_ - piece_at_, Feed::kMaxPiece)});
      return;
    }
    piece_.Reset();
    std::exchange(pending_feed_, std::nullopt)->Resolve(env.Undefined());
  }

  void give(std::span<const uint8_t> bytes) {
    feed_->give(bytes);
    piece_at_ += bytes.size();
    given_ += bytes.size();
    size_t line_end = bytes.size();
    while (line_end > 0 && bytes[line_end - 1] != '\n') line_end--;
    if (line_end > 0 && !skips_lines_) due_ = given_ - (bytes.size() - line_end);
  }

  void lose_piece(Napi::Env env) {
    auto error = Napi::Error::New(env, "its memory was transferred or resized before all of it was used");
    error.Set("code", "PIECE_LOST");
    piece_.Reset();
    std::exchange(pending_feed_, std::nullopt)->Reject(error.Value());
  }

  void end(Napi::Env env) {
    napi_remove_env_cleanup_hook(env, abandon, this);
    done_.Resolve(result_of(env, *run_));
    total_ = run_->total();
    last_ = run_->progress();
    run_.reset();
    // Closes the descriptors that the output has opened itself. Otherwise the reader of a pipe would wait until
    // JavaScript collects this object.
    if (!queue_) output_.reset();
    unparsed_.reset();
    answer_pending(env);
    wake_.Release();
    Unref();
  }

  // Decides whether this run keeps the process alive. A run that writes to a descriptor does, and one that was
  // cancelled or closed, because both end by themselves. So does a run that has ended, until JavaScript got its result.
  // A run whose output JavaScript takes does so while a take() is pending, or while it can still work on what it was
  // fed or towards a result that JavaScript awaits. A run with a full queue that nobody takes from was forgotten; it
  // keeps no process.
  void update_liveness(Napi::Env env) {
    if (!queue_ || stopping_ || ended_ || pending_take_ || ((kept_alive_ || has_work()) && !queue_->full())) {
      wake_.Ref(env);
    } else {
      wake_.Unref(env);
    }
  }

  // Returns whether the run has not finished all fed input: a piece, complete lines, or the end.
  bool has_work() const { return feed_ && (pending_feed_ || feed_ended_ || due_ > run_->progress().bytes); }

  static Napi::Object object_of(Napi::Env env, Batch batch) {
    auto result = Napi::Object::New(env);
    const auto bytes = batch.bytes.bytes();
    auto *data = const_cast<uint8_t *>(bytes.data());
    const size_t size = bytes.size();
    void *lines = batch.lines.data();
    const size_t count = batch.lines.size();
    result["bytes"] = shared_buffer(env, data, size, std::move(batch.bytes));
    result["lines"] = shared_buffer(env, lines, count * sizeof(plug_span), std::move(batch.lines));
    return result;
  }

  Napi::Value done(const Napi::CallbackInfo &) { return promise_.Value(); }
  Napi::Value progress(const Napi::CallbackInfo &info) {
    return run_ ? counters_of(info.Env(), run_->progress(), run_->total()) : counters_of(info.Env(), last_, total_);
  }
  void keep_alive(const Napi::CallbackInfo &info) {
    kept_alive_ = true;
    if (run_) update_liveness(info.Env());
  }
  void cancel(const Napi::CallbackInfo &info) {
    stop_waiting();
    stop(info.Env(), info[0].ToNumber().Uint32Value());
  }
  void close(const Napi::CallbackInfo &info) {
    if (queue_) queue_->close();
    stop(info.Env(), PLUG_CANCEL_ASKED);
  }
  void stop(Napi::Env env, uint32_t reason) {
    stopping_ = true;
    if (!run_) return;
    run_->cancel(reason);
    update_liveness(env);
  }

  Napi::Value take(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!queue_ || pending_take_)
      throw Napi::TypeError::New(env, "take: there are no batches, or one is being waited for");
    pending_take_ = Napi::Promise::Deferred::New(env);
    const auto promise = pending_take_->Promise();
    answer_pending(env);
    return promise;
  }

  Napi::Value feed(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!feed_ || pending_feed_) throw Napi::TypeError::New(env, "feed: nothing is fed, or a piece is still in use");
    pending_feed_ = Napi::Promise::Deferred::New(env);
    const auto promise = pending_feed_->Promise();
    piece_at_ = piece_size_ = 0;
    if (info[0].IsTypedArray()) {
      const auto bytes = info[0].As<Napi::Uint8Array>();
      piece_ = Napi::Persistent(info[0].As<Napi::Object>());
      piece_size_ = bytes.ByteLength();
      if (bytes.ArrayBuffer().IsDetached()) lose_piece(env);
    } else {
      feed_ended_ = true;
      feed_->end();
    }
    answer_pending(env);
    return promise;
  }

  Napi::Promise::Deferred done_;
  Napi::Reference<Napi::Promise> promise_;
  Napi::ThreadSafeFunction wake_;
  std::atomic<bool> notified_{false};
  std::atomic<bool> ended_{false};

  std::unique_ptr<Output> output_;  // outlives the run; a queue stays until JavaScript has taken all of it
  BatchQueue *queue_ = nullptr;     // the output, when batches are taken
  std::optional<Napi::Promise::Deferred> pending_take_;
  std::unique_ptr<Output> unparsed_;  // of the lines that no parser reads; null: they are only counted

  std::shared_ptr<Feed> feed_;
  std::optional<Napi::Promise::Deferred> pending_feed_;
  Napi::ObjectReference piece_;  // the bytes that feed() got, while its promise is pending
  size_t piece_size_ = 0;        // their number when feed() got them
  size_t piece_at_ = 0;          // how many of them the feed has
  uint64_t given_ = 0;           // bytes that the feed got so far
  uint64_t due_ = 0;             // of those, the bytes of complete lines
  bool feed_ended_ = false;
  bool skips_lines_ = false;  // long ones, whose bytes the run counts only when others follow

  bool kept_alive_ = false;  // JavaScript waits for the end
  bool stopping_ = false;    // the run was cancelled or closed

  std::unique_ptr<Run> run_;
  Counters last_;
  uint64_t total_ = 0;
};

}  // namespace

void define_job(Napi::Env env, Napi::Object exports) { exports["Job"] = Job::define(env); }

}  // namespace plughost::addon
