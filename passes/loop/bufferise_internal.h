// bufferise_internal: the state of one function's bufferisation. What the pass does stands in bufferise.cpp.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "passes/loop/bufferise_writer.h"

namespace elba::passes::loops {

// Where a value is to be written: an element or part of a buffer, overwritten or combined with what is there.
struct Sink {
  ValueId buffer;
  Indices indices;                  // leading indices, loop-level values
  std::optional<Combiner> combine;  // none: store
};

// Where a tensor is produced. With `combine` it cannot be read back.
struct Destination {
  ValueId buffer;
  std::optional<Combiner> combine;
};

struct Use {
  const Op* op;
  std::size_t operand;
  const ir::Region* region;
};

class Bufferiser {
 public:
  Bufferiser(const ir::Func& from, ir::Func& to);
  void run();

 private:
  // bufferise.cpp: functions, regions and operations
  void count_uses(const ir::Region& region);
  void emit_params();
  void emit_body(const ir::Region& region);
  void emit_op(const Op& op);
  void emit_scalar(const Op& op);
  void emit_elementwise(const Op& op);
  void emit_read(const Op& op);
  void emit_pack(const Op& op);
  void emit_unpack(const Op& op);
  void emit_linalg(const Op& op);
  void emit_product(const Op& op);
  void emit_dense(const Op& op);
  void emit_random_array(const Op& op);

  // bufferise_nest.cpp: nest and scan
  struct Reduction {  // a combined result under construction
    ValueId value;    // of the source function
    Combiner combiner{};
    std::size_t yield = 0;    // its first operand of `yield`
    Destination destination;  // where the iterations put it
    std::optional<Destination>
        final_destination;  // set where they combine into a small buffer of their own first
    ValueId best, started;  // argmax: cells of the greatest value so far, and of whether there is one
  };
  struct Carry {
    ValueId param, next, result;  // of the source function
    ValueId buffer;               // the current value
    ValueId final_buffer;         // where `buffer` is a small one of its own
  };
  void emit_nest(const Op& op);
  std::vector<Reduction> open_reductions(const Op& op, std::size_t carry_count);
  void open_scalar(Reduction& reduction, const Op& end);
  void open_tensor(Reduction& reduction, bool bounded);
  [[nodiscard]] Sink sink_of(const Reduction& reduction, const Indices& iterators) const;
  void yield_argmax(const Reduction& reduction, const Op& op, ValueId value, const Indices& iterators);
  void close_reduction(const Reduction& reduction);
  std::vector<Carry> open_carries(const Op& op);
  void update_carries(const std::vector<Carry>& carries);
  void close_carries(const std::vector<Carry>& carries);

  // bufferise_destinations.cpp: which op writes where
  void plan(const ir::Region& region, const Op& user, std::size_t operand, const Sink& sink);
  [[nodiscard]] bool writes_in_place(ValueId value) const;
  [[nodiscard]] bool combines_in_place(ValueId value, Combiner combiner) const;
  Destination destination_of(ValueId value);
  std::optional<Destination> destination_in_pack(ValueId value);
  ValueId small_buffer(const Type& type);
  [[nodiscard]] bool is_small(const Type& type) const;
  [[nodiscard]] bool is_small_buffer(ValueId buffer) const { return small_buffers_.contains(buffer); }
  void deliver(const Op& user, std::size_t operand, const Sink& sink);
  void combine_into(ValueId destination, ValueId source, Combiner combiner);

  // Shorthands
  [[nodiscard]] const Type& type(ValueId value) const { return from_.type(value); }
  [[nodiscard]] const std::vector<Use>& uses(ValueId value) const { return uses_[value.index]; }
  [[nodiscard]] ValueId held(ValueId value);  // the SSA value of a scalar, the buffer of a tensor
  void hold(ValueId value, ValueId loop_value) { held_[value.index] = loop_value; }
  [[nodiscard]] Indices held_all(const std::vector<ValueId>& values, std::size_t first, std::size_t count);
  [[nodiscard]] ValueId neutral(Combiner combiner, Scalar scalar);
  [[noreturn]] void defect(const Op& op, const std::string& what) const;

  const ir::Func& from_;
  ir::Func& to_;
  LoopWriter writer_;
  std::vector<std::vector<Use>> uses_;
  std::vector<const Op*> maker_;  // the op that defines a value
  std::vector<const ir::Region*> made_in_;
  std::vector<ValueId> held_;
  struct Plan {
    Sink sink;
    const Op* user;
    std::size_t operand;
  };
  // Where a region's end needs its values, for those that are produced in place.
  std::unordered_map<ValueId, Plan> plans_;
  std::unordered_map<ValueId, Destination> destinations_;
  std::set<std::pair<const Op*, std::size_t>> settled_;  // uses that were served in place
  std::unordered_set<ValueId> small_buffers_;
};

}  // namespace elba::passes::loops
