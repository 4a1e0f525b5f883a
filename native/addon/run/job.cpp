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
#include "engine/input/feed.hpp"
#include "engine/output/batch_queue.hpp"
#include "engine/output/writer.hpp"
#include "os/system_failed.hpp"

namespace plughost::addon {
namespace {

// Memory that JavaScript sees without a copy and that goes when it is collected.
template <typename Owner>
Napi::ArrayBuffer lend(Napi::Env env, void *data, size_t size, Owner owner) {
  if (size == 0) return Napi::ArrayBuffer::New(env, 0);
  auto *kept = new Owner(std::move(owner));
  return Napi::ArrayBuffer::New(
      env, data, size, [](Napi::Env, void *, Owner *gone) { delete gone; }, kept);
}

// What the system refused is told by `errno` and `operation`.
Napi::Error error_of(Napi::Env env, const std::exception &thrown) {
  auto error = Napi::Error::New(env, thrown.what());
  const auto *refused = dynamic_cast<const std::system_error *>(&thrown);
  if (!refused) return error;
  const auto *named = dynamic_cast<const SystemFailed *>(&thrown);
  error.Set("errno", static_cast<double>(refused->code().value()));
  error.Set("operation", named ? named->operation() : "start a thread");
  return error;
}

// A run with its output and what JavaScript feeds it. Keeps itself alive until the run has ended, so that JavaScript
// may forget it.
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
    const auto given = info[0].As<Napi::Object>();
    try {
      open_output(given, &spec);
    } catch (const std::system_error &error) {
      throw error_of(env, error);
    }
    if (given.Get("fed").ToBoolean()) {
      feed_ = std::make_shared<Feed>([this] { notify(); });
      InputSpec input;
      input.name = "the stream";
      input.feed = feed_;
      spec.inputs.push_back(std::move(input));
      spec.on_step = [this] { notify(); };
      leaves_out_ = spec.long_lines == LongLines::skip;
    }
    promise_ = Napi::Persistent(done_.Promise());
    wake_ = Napi::ThreadSafeFunction::New(env, Napi::Function(), "plughost run", 0, 1);
    // When the environment ends first (a worker thread that is terminated), the run is cancelled and waited for.
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
    awaited(env);
  }

 private:
  void open_output(const Napi::Object &spec, RunSpec *run) {
    const auto value = spec.Get("output");
    if (value.IsNumber()) {
      output_ = std::make_unique<Writer>(value.As<Napi::Number>().Int32Value());
    } else if (value.IsString()) {
      const std::string kind = value.As<Napi::String>().Utf8Value();
      if (kind != "batches" && kind != "bytes")
        throw Napi::TypeError::New(spec.Env(), "spec.output: a descriptor, batches or bytes is needed");
      auto queue = std::make_unique<BatchQueue>(kind == "batches", [this] { notify(); });
      queue_ = queue.get();
      output_ = std::move(queue);
    }
    run->output = output_.get();
  }

  static void abandon(void *data) {
    auto *self = static_cast<Job *>(data);
    if (self->queue_) self->queue_->close();
    if (self->output_) self->output_->stop_waiting();
    self->run_.reset();
  }

  // By any thread: something has changed that JavaScript may wait for. Once is enough until it looks.
  void notify() {
    if (notified_.exchange(true)) return;
    wake_.NonBlockingCall([this](Napi::Env env, Napi::Function) { look(env); });
  }

  void look(Napi::Env env) {
    notified_ = false;
    const bool ended = ended_;
    configure(env);
    // Another look that is on its way would find this object gone.
    if (ended && !notified_.exchange(true)) end(env);
  }

  // Gives what is being waited for, as far as it is there.
  void configure(Napi::Env env) {
    // In this order: what was put before the end is there to be taken.
    const bool ended = ended_;
    if (fed_) feed_on(env);
    if (taken_) {
      Batch batch;
      if (queue_->take(&batch)) {
        std::exchange(taken_, std::nullopt)->Resolve(value_of(env, std::move(batch)));
      } else if (ended) {
        std::exchange(taken_, std::nullopt)->Resolve(env.Null());
      }
    }
    if (run_) awaited(env);
  }

  // Goes on with the piece that JavaScript has given. Only what the feed takes at once is copied, so that memory stays
  // flat; JavaScript may have taken the rest away meanwhile, by transferring or resizing its buffer.
  void feed_on(Napi::Env env) {
    // Not before JavaScript has heard of the end: who feeds without a pause would never let it.
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
    std::exchange(fed_, std::nullopt)->Resolve(env.Undefined());
  }

  void give(std::span<const uint8_t> bytes) {
    feed_->give(bytes);
    piece_at_ += bytes.size();
    given_ += bytes.size();
    size_t behind = bytes.size();
    while (behind > 0 && bytes[behind - 1] != '\n') behind--;
    if (behind > 0 && !leaves_out_) due_ = given_ - (bytes.size() - behind);
  }

  void lose_piece(Napi::Env env) {
    auto error = Napi::Error::New(env, "its memory was transferred or resized before all of it was used");
    error.Set("code", "PIECE_LOST");
    piece_.Reset();
    std::exchange(fed_, std::nullopt)->Reject(error.Value());
  }

  void end(Napi::Env env) {
    napi_remove_env_cleanup_hook(env, abandon, this);
    done_.Resolve(result_of(env, *run_));
    total_ = run_->total();
    last_ = run_->progress();
    run_.reset();
    // What it has opened anew would keep the reader of a pipe waiting until this object is collected.
    if (!queue_) output_.reset();
    configure(env);
    wake_.Release();
    Unref();
  }

  // Decides whether this run keeps the process alive. A run that writes to a descriptor does, and one that was
  // cancelled or closed, because both end by themselves. So does a run that has ended, until JavaScript got its result.
  // A run whose output JavaScript takes does so while a take() is pending, or while it can still work on what it was
  // fed or towards a result that JavaScript awaits. A run with a full queue that nobody takes from was forgotten; it
  // keeps no process.
  void awaited(Napi::Env env) {
    if (!queue_ || leaving_ || ended_ || taken_ || ((kept_alive_ || has_work()) && !queue_->full())) {
      wake_.Ref(env);
    } else {
      wake_.Unref(env);
    }
  }

  // Whether something that was fed is not done with: a piece, whole lines, or the end.
  bool has_work() const { return feed_ && (fed_ || feed_ended_ || due_ > run_->progress().bytes); }

  static Napi::Object value_of(Napi::Env env, Batch batch) {
    auto result = Napi::Object::New(env);
    const auto bytes = batch.bytes.bytes();
    auto *data = const_cast<uint8_t *>(bytes.data());
    const size_t size = bytes.size();
    void *lines = batch.lines.data();
    const size_t count = batch.lines.size();
    result["bytes"] = lend(env, data, size, std::move(batch.bytes));
    result["lines"] = lend(env, lines, count * sizeof(plug_span), std::move(batch.lines));
    return result;
  }

  Napi::Value done(const Napi::CallbackInfo &) { return promise_.Value(); }
  Napi::Value progress(const Napi::CallbackInfo &info) {
    return run_ ? counters_of(info.Env(), run_->progress(), run_->total()) : counters_of(info.Env(), last_, total_);
  }
  void keep_alive(const Napi::CallbackInfo &info) {
    kept_alive_ = true;
    if (run_) awaited(info.Env());
  }
  void cancel(const Napi::CallbackInfo &info) {
    if (output_) output_->stop_waiting();
    leave(info.Env(), info[0].ToNumber().Uint32Value());
  }
  void close(const Napi::CallbackInfo &info) {
    if (queue_) queue_->close();
    leave(info.Env(), PLUG_CANCEL_ASKED);
  }
  void leave(Napi::Env env, uint32_t reason) {
    leaving_ = true;
    if (!run_) return;
    run_->cancel(reason);
    awaited(env);
  }

  Napi::Value take(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!queue_ || taken_) throw Napi::TypeError::New(env, "take: there are no batches, or one is being waited for");
    taken_ = Napi::Promise::Deferred::New(env);
    const auto promise = taken_->Promise();
    configure(env);
    return promise;
  }

  Napi::Value feed(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!feed_ || fed_) throw Napi::TypeError::New(env, "feed: nothing is fed, or a piece is still in use");
    fed_ = Napi::Promise::Deferred::New(env);
    const auto promise = fed_->Promise();
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
    configure(env);
    return promise;
  }

  Napi::Promise::Deferred done_;
  Napi::Reference<Napi::Promise> promise_;
  Napi::ThreadSafeFunction wake_;
  std::atomic<bool> notified_{false};
  std::atomic<bool> ended_{false};

  std::unique_ptr<Output> output_;  // outlives the run; a queue stays for what is still to be taken
  BatchQueue *queue_ = nullptr;     // the output, when batches are taken
  std::optional<Napi::Promise::Deferred> taken_;

  std::shared_ptr<Feed> feed_;
  std::optional<Napi::Promise::Deferred> fed_;
  Napi::ObjectReference piece_;  // in work while fed_
  size_t piece_size_ = 0;        // bytes, when it was given
  size_t piece_at_ = 0;          // of it, that the feed was given
  uint64_t given_ = 0;           // bytes
  uint64_t due_ = 0;             // of them, up to the end of a line
  bool feed_ended_ = false;
  bool leaves_out_ = false;  // lines, whose bytes are counted only when others follow

  bool kept_alive_ = false;  // until the end
  bool leaving_ = false;     // it ends early, by itself

  std::unique_ptr<Run> run_;
  Counters last_;
  uint64_t total_ = 0;
};

}  // namespace

void define_job(Napi::Env env, Napi::Object exports) { exports["Job"] = Job::define(env); }

}  // namespace plughost::addon
