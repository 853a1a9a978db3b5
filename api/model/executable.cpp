#include "api/model/executable.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>

#include "api/model/handles.h"
#include "api/model/memory.h"
#include "api/model/sizes.h"
#include "runtime/control/allocation_failure.h"
#include "runtime/control/interruption.h"
#include "runtime/kernels/linalg.h"

namespace elba {

namespace {

constexpr std::size_t alignment = 64;

std::size_t element_bytes(ir::Scalar scalar) { return scalar == ir::Scalar::i1 ? 1 : 8; }

std::unique_ptr<std::byte[]> aligned_bytes(std::size_t bytes) {
  return std::make_unique<std::byte[]>(bytes + alignment);
}

// Of a compiled function, for messages.
std::string words_of_work(const std::string& function) {
  if (function.starts_with("predict")) return "one draw of the predictions";
  return function.starts_with("simulate") || function.starts_with("prior") ? "one simulation"
                                                                           : "one evaluation of the model";
}

std::byte* align(std::byte* address) {
  const auto value = reinterpret_cast<std::uintptr_t>(address);
  return address + ((alignment - value % alignment) % alignment);
}

Diagnostic too_large(const std::string& note) { return no_machine_holds("the model").note(note); }

}  // namespace

Result<Done> Executable::lay_out(const codegen::CompiledFunction& function, const std::string& work,
                                 const Sizes& sizes, double memory_limit) {
  function_ = &function;
  for (const std::string& name : code_.dims()) {
    const auto it = sizes.find(name);
    if (it == sizes.end())
      return make_diagnostic(Code::internal_error, {}, {"no size for dim `" + name + "`"});
    dims_.push_back(it->second);
  }
  const std::size_t count = function.buffers.size();
  counts_.resize(count);
  shapes_.resize(count);
  fixed_.assign(count, nullptr);
  arena_offset_.assign(count, 0);
  MemoryNeed need(words_of_work(work));
  for (std::size_t k = 0; k < count; ++k) {
    const codegen::BufferInfo& buffer = function.buffers[k];
    std::size_t elements = 1;  // wraps around where there are too many: `bytes` does not, and is refused then
    double bytes = static_cast<double>(element_bytes(buffer.type.scalar));
    for (const ir::Dim& dim : buffer.type.shape) {
      const auto size = dim.evaluate(sizes);
      if (!size && exceeds_numbers(dim, sizes)) return too_large("`" + dim.text() + "` is too large a size");
      if (!size) return make_diagnostic(Code::internal_error, {}, {"no size for `" + dim.text() + "`"});
      shapes_[k].push_back(std::max<std::int64_t>(*size, 0));
      elements *= static_cast<std::size_t>(shapes_[k].back());
      bytes *= static_cast<double>(shapes_[k].back());
    }
    counts_[k] = elements;
    if (buffer.arena) {
      arena_offset_[k] = arena_bytes_;
      need.add("an array of shape " + shape_text(shapes_[k]) + " inside of it", bytes);
      arena_bytes_ += (std::max<std::size_t>(elements * element_bytes(buffer.type.scalar), 1) + alignment -
                       1) /
                      alignment * alignment;
      continue;
    }
    switch (buffer.role) {
      case ir::Role::data: {
        const auto it = data_->arrays.find(buffer.name);
        if (it == data_->arrays.end())
          return make_diagnostic(Code::internal_error, {}, {"no data for parameter `" + buffer.name + "`"});
        fixed_[k] = const_cast<void*>(it->second.address());
        break;
      }
      case ir::Role::input:
        input_ = k;
        break;
      case ir::Role::key:
        key_ = k;
        break;
      case ir::Role::noise:
        noise_ = k;
        break;
      case ir::Role::value:
        values_.push_back(k);
        break;
      case ir::Role::output:
        outputs_.push_back(k);
        need.add(
            buffer.name.empty() ? "its result" : "`" + buffer.name + "`, of shape " + shape_text(shapes_[k]),
            bytes);
        break;
      case ir::Role::cache:
        break;
    }
  }
  return need.check(memory_limit, "use fewer rows, or a model whose arrays grow more slowly with them");
}

Executable::Frame Executable::frame() const {
  Frame frame;
  frame.buffers_ = fixed_;
  frame.memory_ = aligned_bytes(arena_bytes_);
  std::byte* base = align(frame.memory_.get());
  for (std::size_t k = 0; k < counts_.size(); ++k)
    if (function_->buffers[k].arena) frame.buffers_[k] = base + arena_offset_[k];
  return frame;
}

void Executable::run(Frame& frame) const {
  const std::atomic<bool>* stop = runtime::stop_flag();
  if (!stop->load(std::memory_order_relaxed)) {
    function_->entry(frame.buffers_.data(), dims_.data(), stop);
    const runtime::Factorisations seen = runtime::take_factorisations();
    frame.factorisations_.jitter = std::max(frame.factorisations_.jitter, seen.jitter);
    frame.factorisations_.lost += seen.lost;
  }
  if (runtime::take_shortage()) throw std::bad_alloc();
  if (!stop->load(std::memory_order_relaxed)) return;
  for (const std::size_t k : outputs_) {
    if (info(k).type.scalar == ir::Scalar::f64)
      std::fill_n(static_cast<double*>(frame.buffers_[k]), counts_[k],
                  std::numeric_limits<double>::quiet_NaN());
    else
      std::fill_n(static_cast<std::byte*>(frame.buffers_[k]), counts_[k] * element_bytes(info(k).type.scalar),
                  std::byte{0});
  }
}

Result<std::shared_ptr<const Executable>> Executable::make(codegen::CompiledModule code,
                                                           const std::string& function,
                                                           std::shared_ptr<const BoundData> data,
                                                           const Sizes& sizes, double memory_limit) {
  auto made = std::make_shared<Executable>();
  made->code_ = code;
  made->data_ = data;
  const codegen::CompiledFunction* main = code.find(function);
  if (main == nullptr)
    return make_diagnostic(Code::internal_error, {}, {"no compiled function `" + function + "`"});
  if (auto status = made->lay_out(*main, function, sizes, memory_limit); !status) return status.diagnostics();

  std::vector<std::size_t> wanted;
  for (std::size_t k = 0; k < main->buffers.size(); ++k)
    if (!main->buffers[k].arena && main->buffers[k].role == ir::Role::cache) wanted.push_back(k);
  if (wanted.empty()) return std::shared_ptr<const Executable>(made);

  const codegen::CompiledFunction* bind = code.find(function + ".bind");
  Executable binder;
  binder.code_ = code;
  binder.data_ = data;
  if (bind == nullptr)
    return make_diagnostic(Code::internal_error, {}, {"no compiled function `" + function + ".bind`"});
  if (auto status = binder.lay_out(*bind, function, sizes, memory_limit); !status)
    return status.diagnostics();
  if (binder.outputs_.size() != wanted.size())
    return make_diagnostic(Code::internal_error, {}, {"`" + function + "` and its .bind disagree"});
  Frame frame = binder.frame();
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const std::size_t bytes = std::max<std::size_t>(
        1, binder.counts_[binder.outputs_[k]] * element_bytes(binder.info(binder.outputs_[k]).type.scalar));
    made->cache_.push_back(aligned_bytes(bytes));
    std::byte* address = align(made->cache_.back().get());
    frame.set(binder.outputs_[k], address);
    made->fixed_[wanted[k]] = address;
  }
  binder.run(frame);
  made->bind_jitter_ = frame.factorisations().jitter;
  if (runtime::is_stopped()) return interrupted();
  return std::shared_ptr<const Executable>(made);
}

}  // namespace elba
