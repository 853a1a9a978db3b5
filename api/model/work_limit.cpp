// work_limit: the public handle of runtime/control/interruption.h, and what is said of work that it ended.
#include "api/model/guarded.h"
#include "api/model/handles.h"
#include "runtime/control/interruption.h"

namespace elba {

struct WorkLimit::Impl {
  Impl(double seconds, const std::atomic<bool>* cancel) : watch(cancel, seconds), scope(watch) {}
  runtime::Watch watch;
  runtime::StopScope scope;
};

WorkLimit::WorkLimit(double max_seconds, const std::atomic<bool>* cancel)
    : impl_(
          guarded_or(std::unique_ptr<Impl>(), [&] { return std::make_unique<Impl>(max_seconds, cancel); })) {}
WorkLimit::~WorkLimit() = default;
bool WorkLimit::is_over() const {
  return impl_ == nullptr || impl_->watch.flag()->load(std::memory_order_relaxed);
}

Diagnostic interrupted() {
  const bool was_cancelled = runtime::is_cancelled();
  auto diagnostic = make_diagnostic(Code::interrupted, {},
                                    {was_cancelled ? "the work was interrupted" : "the time was up"});
  if (!was_cancelled)
    diagnostic.suggest("allow more time, `--max-seconds`, or give it less to do: shorter loops, fewer rows");
  return diagnostic;
}

}  // namespace elba
