// verify_attributes: which attributes an op has, and what they may be.
#include <algorithm>
#include <initializer_list>

#include "ir/guide_families.h"
#include "ir/objectives.h"
#include "ir/verify_op.h"

namespace elba::ir {

namespace {

class Attributes {
 public:
  Attributes(const Op& op, std::vector<std::string>& errors) : op_(op), errors_(errors) {}

  void check() {
    for (std::size_t i = 0; i + 1 < op_.attrs.size(); ++i)
      if (!(op_.attrs[i].first < op_.attrs[i + 1].first)) errors_.emplace_back("attributes are not sorted");
    if (!check_probability()) check_structure();
  }

 private:
  void need_text(std::string_view name) {
    const AttrValue* value = op_.attr(name);
    const auto* found = value ? std::get_if<std::string>(value) : nullptr;
    if (!found || found->empty())
      errors_.push_back("the attribute " + std::string(name) + " must be a string");
  }

  void one_of(std::string_view name, std::initializer_list<std::string_view> choices) {
    need_text(name);
    const std::string found = op_.attr_string(name);
    if (!found.empty() && std::find(choices.begin(), choices.end(), found) == choices.end())
      errors_.push_back("the attribute " + std::string(name) + " is \"" + found + "\"");
  }

  void flag(std::string_view name) {
    const AttrValue* value = op_.attr(name);
    if (!value) return;
    const auto* found = std::get_if<std::int64_t>(value);
    if (!found || *found < 0 || *found > 1)
      errors_.push_back("the attribute " + std::string(name) + " must be 0 or 1");
  }

  // How often a loop checks whether it is to stop, on which of its axes.
  void poll() {
    const std::int64_t every = op_.attr_int("poll"), axis = op_.attr_int("poll_axis");
    if (every < 0 || (every & (every - 1)) != 0)
      errors_.emplace_back("the attribute poll must be a power of two");
    if (axis < 0 || (axis > 0 && axis >= static_cast<std::int64_t>(op_.dims.size())))
      errors_.emplace_back("the attribute poll_axis is none of its axes");
  }

  // The site of an unknown becomes a parameter of functions.
  void need_site() {
    need_text("site");
    if (const std::string site = op_.attr_string("site"); !site.empty() && !is_name(site, true))
      errors_.push_back("`" + site + "` is not the name of a site");
  }

  void lower_triangle() {
    flag("lower");
    if (op_.attr_int("lower") == 0) return;
    if (op_.dims.size() != 2 || op_.dims[0] != op_.dims[1])
      errors_.emplace_back("only a square of two extents has a lower triangle");
    if (std::any_of(op_.combiners.begin(), op_.combiners.end(), [](Combiner combiner) {
          return combiner != Combiner::stack && combiner != Combiner::sum && combiner != Combiner::scatter;
        }))
      errors_.emplace_back("a triangle stacks, sums or scatters");
  }

  // Each operand of a draw behind the first has a name, in the order of `draw_parts`.
  void parts_of_draw() {
    const AttrValue* value = op_.attr("gives");
    const auto* names = value ? std::get_if<std::vector<std::string>>(value) : nullptr;
    const std::size_t count = names ? names->size() : 0;
    if (value && !names) errors_.emplace_back("the attribute gives must be a list of names");
    if (count + 1 != op_.operands.size())
      errors_.emplace_back("the attribute gives must name each operand behind the first");
    for (std::size_t k = 0; k < count; ++k) {
      const auto at = std::find(std::begin(draw_parts), std::end(draw_parts), (*names)[k]);
      const bool is_behind = k == 0 || std::find(std::begin(draw_parts), at, (*names)[k - 1]) != at;
      if (at == std::end(draw_parts) || !is_behind)
        errors_.push_back("the attribute gives has `" + (*names)[k] + "`");
    }
  }

  // Of distributions, unknowns and calls. False: the op is none of them.
  bool check_probability() {
    switch (op_.code) {
      case Opcode::dist:
        return need_text("name"), true;
      case Opcode::call:
        return need_text("callee"), true;
      case Opcode::latent:
        if (op_.attr("guide") != nullptr && !parse_guide_choice(op_.attr_string("guide")))
          errors_.push_back("`" + op_.attr_string("guide") + "` is no family of guides");
        return need_site(), need_text("support"), flag("prior"), true;
      case Opcode::param:
        return need_site(), need_text("support"), flag("has_init"), true;
      case Opcode::observe:
        return need_text("site"), one_of("role", {"data", "latent"}), true;
      case Opcode::factor:
        return need_text("site"), true;
      case Opcode::draw:
        if (!find_estimator(op_.attr_string("estimator")))
          errors_.push_back("`" + op_.attr_string("estimator") + "` is no estimator");
        return need_site(), parts_of_draw(), true;
      default:
        return false;
    }
  }

  void check_structure() {
    switch (op_.code) {
      case Opcode::contract:
        return need_text("maps"), need_text("semiring");
      case Opcode::nest:
      case Opcode::loop:
        return lower_triangle(), flag("bounded"), flag("reverse"), poll();
      case Opcode::scan:
        return flag("bounded"), flag("reverse");
      case Opcode::trisolve:
      case Opcode::solve:
        return flag("trans");
      case Opcode::unpack:
        if (op_.results.empty()) errors_.emplace_back("it gives nothing, and would never be dead");
        return;
      case Opcode::kernel:
        return need_text("symbol");
      case Opcode::accumulate:
        if (op_.attr("combiner")) one_of("combiner", {"sum", "prod", "max", "min"});
        return;
      case Opcode::alloc:
        one_of("place", {"arena", "stack", "register"});
        if (op_.attr_string("place") == "arena" && op_.attr_int("slot", -1) < 0)
          errors_.emplace_back("the attribute slot must be a number of a slot");
        return;
      default:
        return;
    }
  }

  const Op& op_;
  std::vector<std::string>& errors_;
};

}  // namespace

void check_attributes(const Op& op, std::vector<std::string>& errors) { Attributes(op, errors).check(); }

}  // namespace elba::ir
