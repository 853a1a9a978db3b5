// executable: one compiled function bound to data. It knows for every buffer where its memory comes from: the
// data, what the function's .bind computed once, the caller, or workspace memory that a Frame owns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/model/bind.h"
#include "codegen/jit.h"
#include "runtime/kernels/linalg.h"
#include "support/result.h"

namespace elba {

class Executable {
 public:
  // Runs the function's .bind, where there is one, on the data. `sizes` holds every dim of the module.
  // Refuses more than `memory_limit` bytes of workspace and results.
  static Result<std::shared_ptr<const Executable>> make(codegen::CompiledModule code,
                                                        const std::string& function,
                                                        std::shared_ptr<const BoundData> data,
                                                        const Sizes& sizes, double memory_limit);

  // The memory and the buffer table of one thread's calls.
  class Frame {
   public:
    void set(std::size_t buffer, const void* address) { buffers_[buffer] = const_cast<void*>(address); }

    // What the factorisations of the runs of this frame needed, since the last `forget`.
    [[nodiscard]] const runtime::Factorisations& factorisations() const { return factorisations_; }
    void forget_factorisations() { factorisations_ = {}; }

   private:
    friend class Executable;
    runtime::Factorisations factorisations_;
    std::vector<void*> buffers_;
    std::unique_ptr<std::byte[]> memory_;
  };
  [[nodiscard]] Frame frame() const;
  // Where this thread is told to stop (runtime/control/interruption.h), every number that it gives is nan.
  void run(Frame& frame) const;

  // Places that the caller provides, in the order of the function's parameters and results.
  [[nodiscard]] std::size_t input() const { return input_; }  // none: no_buffer
  [[nodiscard]] std::size_t key() const { return key_; }
  [[nodiscard]] std::size_t noise() const { return noise_; }
  [[nodiscard]] const std::vector<std::size_t>& values() const { return values_; }
  [[nodiscard]] const std::vector<std::size_t>& outputs() const { return outputs_; }
  [[nodiscard]] std::size_t count(std::size_t buffer) const { return counts_[buffer]; }  // elements
  [[nodiscard]] const codegen::BufferInfo& info(std::size_t buffer) const {
    return function_->buffers[buffer];
  }
  [[nodiscard]] const std::vector<std::int64_t>& shape(std::size_t buffer) const { return shapes_[buffer]; }

  [[nodiscard]] std::size_t frame_bytes() const { return arena_bytes_; }

  // The largest jitter that its .bind needed, of matrices of data.
  [[nodiscard]] double bind_jitter() const { return bind_jitter_; }

  static constexpr std::size_t no_buffer = ~std::size_t{0};

 private:
  Result<Done> lay_out(const codegen::CompiledFunction& function, const std::string& work, const Sizes& sizes,
                       double memory_limit);

  codegen::CompiledModule code_;
  const codegen::CompiledFunction* function_ = nullptr;
  std::shared_ptr<const BoundData> data_;
  std::vector<std::int64_t> dims_;
  std::vector<std::vector<std::int64_t>> shapes_;
  std::vector<std::size_t> counts_;
  std::vector<void*> fixed_;               // by buffer; null where a frame or the caller provides it
  std::vector<std::size_t> arena_offset_;  // by buffer, in the frame's memory
  std::size_t arena_bytes_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> cache_;
  std::size_t input_ = no_buffer, key_ = no_buffer, noise_ = no_buffer;
  double bind_jitter_ = 0;
  std::vector<std::size_t> values_, outputs_;
};

}  // namespace elba
