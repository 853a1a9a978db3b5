// simulation: calls @simulate until it is at rest (passes/density/simulate.cpp says why that is the draw),
// and checks what came out.
//
// Unknowns and real data begin as nan. What depends on itself in a circle stays nan, which is how such a
// model is told from one in which each value depends on earlier ones only.
#include "api/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "api/model/draw_table.h"
#include "api/model/guarded.h"
#include "api/model/unguarded.h"
#include "passes/density/simulate.h"
#include "passes/passes.h"
#include "runtime/control/interruption.h"
#include "runtime/kernels/rng.h"

namespace elba {

namespace {

constexpr double not_drawn = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t most_attempts = 2000;  // for one draw within declared bounds

Span place_of(const Signature& signature, const std::string& name) {
  for (const auto& candidate : signature.unknowns)
    if (candidate.name == name) return candidate.span;
  return {};
}

}  // namespace

struct Simulator::Impl {
  // One array that @simulate reads: an unknown or a field of the data.
  struct State {
    std::string name;
    std::vector<std::int64_t> shape;
    bool is_integer = false, is_data = false, is_fixed = false, has_law = false, has_counts = false;
    std::vector<double> now, given;      // given: of data that are there, and of what is fixed
    std::vector<std::int64_t> integers;  // as compiled code reads them
    std::vector<double> drawn, counts;   // results
  };
  Program program;
  Bound bound;
  Data given;
  std::unique_ptr<Workspace> workspace;
  Call* call = nullptr;
  std::vector<State> states;  // unknowns in declaration order, then data that have a law

  void begin() {
    for (State& state : states) {
      if (state.is_fixed) continue;
      std::fill(state.now.begin(), state.now.end(), not_drawn);
      // Integers know no nan; they may be indices, so that what was given, or 1, stands for them.
      if (state.is_integer) state.now.assign(state.now.size(), 1.0);
      if (state.is_integer && !state.given.empty()) state.now = state.given;
    }
  }

  // True when nothing changes any more.
  bool sweep(std::uint64_t key) {
    const Executable& executable = *call->executable;
    double unused = 0;
    for (const std::size_t k : executable.values()) {
      const auto state = std::find_if(states.begin(), states.end(),
                                      [&](const State& s) { return s.name == executable.info(k).name; });
      if (state->is_integer) state->integers.assign(state->now.begin(), state->now.end());
      call->frame.set(k, state->now.empty()  ? static_cast<const void*>(&unused)
                         : state->is_integer ? static_cast<const void*>(state->integers.data())
                                             : state->now.data());
    }
    if (executable.key() != Executable::no_buffer) call->frame.set(executable.key(), &key);
    std::size_t at = 0;
    const auto next = [&](std::vector<double>& values) {
      if (!values.empty())
        call->frame.set(executable.outputs()[at], values.data());
      else
        call->frame.set(executable.outputs()[at], &unused);
      ++at;
    };
    for (State& state : states) {
      if (!state.has_law) continue;
      next(state.drawn);
      if (state.has_counts) next(state.counts);
    }
    executable.run(call->frame);
    bool is_at_rest = true;
    for (State& state : states) {
      if (state.is_fixed || !state.has_law) continue;
      for (std::size_t k = 0; k < state.counts.size(); ++k)
        if (state.counts[k] == 0) state.drawn[k] = state.given.empty() ? not_drawn : state.given[k];
      is_at_rest = is_at_rest &&
                   std::memcmp(state.now.data(), state.drawn.data(), sizeof(double) * state.now.size()) == 0;
      state.now = state.drawn;
    }
    return is_at_rest;
  }

  // Each element is right one call after those that it depends on.
  bool settle(std::uint64_t key) {
    std::size_t elements = 2;
    for (const State& state : states)
      elements += state.now.size();
    begin();
    for (std::size_t k = 0; k < elements && !runtime::is_stopped(); ++k)
      if (sweep(key)) return true;
    return false;
  }

  Diagnostic stuck(const State& state, std::size_t element, const std::string& why) const {
    return make_diagnostic(Code::simulation_failed, place_of(bound.impl->program->signature, state.name),
                           {indexed_name(state.name, state.shape, element), why});
  }

  // Every element met by one law, or given.
  Status check_counts() const {
    for (const State& state : states)
      for (std::size_t k = 0; k < state.counts.size(); ++k) {
        if (state.counts[k] > 1) return stuck(state, k, "more than one `~` states its law");
        if (state.counts[k] == 0 && state.given.empty() && !state.is_fixed)
          return stuck(state, k, "no `~` states its law")
              .suggest(state.is_data
                           ? "give `" + state.name + "` in the data: what has no law keeps its value"
                           : "hold it fixed, `--param " + state.name + "=..`");
      }
    return Done{};
  }

  Result<Simulation> collect() const {
    Simulation out;
    out.data = given;
    const auto& set = given.impl().set;
    for (const State& state : states) {
      if (!state.is_data) out.truth.push_back({state.name, state.shape, state.now});
      if (!state.is_data) continue;
      for (std::size_t k = 0; k < state.now.size(); ++k)
        if (std::isnan(state.now[k]))
          return stuck(state, k, "its law gives no number there")
              .suggest("look at the values that its law is given; a value must not depend on itself");
      out.data.set(state.name, state.shape, state.now);
    }
    const auto& signature = program.impl->signature;
    const auto& all = out.data.impl().set;
    for (const auto& dim : signature.dims)
      if (const auto* field = set.find(dim.name))
        out.fields.push_back({dim.name, field->shape, field->values});
    for (const auto& field : signature.data)
      if (const auto* found = all.find(field.name))
        out.fields.push_back({field.name, found->shape, found->values});
    return out;
  }
};

namespace {

// The program that draws what the data do not hold.
Program drawing(const Program& program, const Data& given) {
  std::set<std::string> names;
  for (const auto& field : program.impl->signature.data)
    if (given.impl().set.find(field.name) != nullptr) names.insert(field.name);
  auto chosen = std::make_shared<Program::Impl>(*program.impl);
  chosen->density = passes::choose_drawn(std::move(chosen->density), names);
  Program made;
  made.impl = std::move(chosen);
  return made;
}

}  // namespace

Result<Bound> unguarded::bind_for_simulation(const ProgramHandle& impl, const Data& data,
                                             const JitOptions& options) {
  const Program chosen = drawing(Program{impl}, data);
  const auto plan = passes::simulation_plan(passes::inline_calls(chosen.impl->density));
  return bind_without(chosen, data, options, [&](const std::string& name) {
    return std::find(plan.data.begin(), plan.data.end(), name) != plan.data.end();
  });
}

Result<Simulator> Simulator::make(const Program& program, const Data& given, const FixedValues& fixed,
                                  const JitOptions& options) {
  return guarded([&]() -> Result<Simulator> {
    if (program.impl == nullptr) return empty_handle("Program");
    return make_unguarded(program, given, fixed, options);
  });
}

Result<Simulation> Simulator::draw(std::uint64_t key) {
  return guarded([&]() -> Result<Simulation> {
    if (impl_ == nullptr) return empty_handle("Simulator");
    return draw_unguarded(key);
  });
}

Result<Simulator> Simulator::make_unguarded(const Program& whole, const Data& given, const FixedValues& fixed,
                                            const JitOptions& options) {
  const Program program = drawing(whole, given);
  const auto& signature = program.impl->signature;
  const auto plan = passes::simulation_plan(passes::inline_calls(program.impl->density));
  Sink sink;
  for (const auto& obstacle : plan.obstacles)
    sink.report(Code::simulation_not_possible, obstacle.place, {obstacle.what}).suggest(obstacle.help);
  for (const std::string& name : plan.without_law)
    if (!fixed.contains(name))
      sink.report(Code::simulation_not_possible, place_of(signature, name),
                  {"`" + name + "` has no law to be drawn from"})
          .suggest("give it a prior, or hold it fixed: `--param " + name + "=..`");
  for (const auto& [name, values] : fixed)
    if (std::none_of(signature.unknowns.begin(), signature.unknowns.end(),
                     [&](const auto& unknown) { return unknown.name == name; }))
      sink.report(Code::usage_error, {}, {"the model has no latent or param `" + name + "` to hold fixed"});
  if (sink.has_errors()) return sink.sorted();
  auto bound = program.bind_for_simulation(given, options);
  if (!bound) return bound.diagnostics();

  Simulator made;
  made.impl_ = std::make_shared<Impl>(Impl{program, std::move(*bound), given, nullptr, nullptr, {}});
  Impl& impl = *made.impl_;
  impl.workspace = bare_workspace(impl.bound);
  if (!plan.latents.empty() || !plan.data.empty()) {
    auto call = impl.workspace->impl().call({"simulate", ""});
    if (!call) return call.diagnostics();
    impl.call = *call;
  }
  for (const Site& site : impl.bound.impl->coordinates.sites) {
    Impl::State state{.name = site.name, .shape = site.shape};
    state.now.assign(site.value_size, not_drawn);
    if (const auto found = fixed.find(site.name); found != fixed.end()) {
      if (found->second.size() != site.value_size)
        return make_diagnostic(Code::point_mismatch, {},
                               {fmt::format("has {} numbers for `{}`, but it holds {}", found->second.size(),
                                            site.name, site.value_size)});
      state.is_fixed = true;
      state.now = state.given = found->second;
    }
    impl.states.push_back(std::move(state));
  }
  for (const std::string& name : plan.data) {
    const HostArray& array = impl.bound.impl->data->arrays.at(name);
    Impl::State state{.name = name,
                      .shape = array.shape,
                      .is_integer = array.type.scalar == ir::Scalar::i64,
                      .is_data = true};
    state.now.assign(state.is_integer ? array.integers.size() : array.reals.size(), not_drawn);
    if (const auto* field = given.impl().set.find(name)) state.given = field->values;
    impl.states.push_back(std::move(state));
  }
  if (impl.call == nullptr) return made;
  // The results of @simulate: each array with a law, followed by its counts where it has them.
  const Executable& executable = *impl.call->executable;
  std::vector<std::string> with_law = plan.latents;
  with_law.insert(with_law.end(), plan.data.begin(), plan.data.end());
  std::size_t at = 0;
  for (Impl::State& state : impl.states) {
    if (std::find(with_law.begin(), with_law.end(), state.name) == with_law.end()) continue;
    state.has_law = true;
    state.drawn.assign(executable.count(executable.outputs()[at++]), not_drawn);
    state.has_counts = at < executable.outputs().size() &&
                       executable.info(executable.outputs()[at]).name.starts_with(state.name + ".count");
    if (state.has_counts) state.counts.assign(executable.count(executable.outputs()[at++]), 0.0);
  }
  return made;
}

Result<Simulation> Simulator::draw_unguarded(std::uint64_t key) {
  Impl& impl = *impl_;
  std::string last;
  for (std::uint64_t attempt = 0; attempt < most_attempts; ++attempt) {
    const bool is_at_rest = impl.call == nullptr || impl.settle(runtime::fold_key(key, attempt));
    if (runtime::is_stopped()) return interrupted();
    if (auto status = impl.check_counts(); !status) return status.diagnostics();
    std::vector<double> row;
    for (const Impl::State& state : impl.states)
      if (!state.is_data) row.insert(row.end(), state.now.begin(), state.now.end());
    if (!row.empty())
      if (const auto u = unconstrained_row(impl.bound, *impl.workspace, row); !u) {
        last = u.diagnostics()[0].message;
        continue;
      }
    if (!is_at_rest)
      return make_diagnostic(Code::simulation_failed, {},
                             {"the data", "their values depend on one another in a circle"})
          .suggest("let each value depend on earlier ones only");
    auto drawn = impl.collect();
    if (!drawn) return drawn;
    // Laws of data must keep the declared bounds by themselves: cutting them off would be another law.
    const auto bound = bind_data(impl.program.impl->signature, impl.program.impl->density,
                                 drawn->data.impl().set, drawn->data.impl().words);
    if (bound) return drawn;
    auto diagnostics = bound.diagnostics();
    for (Diagnostic& diagnostic : diagnostics)
      diagnostic.note(
          "this was drawn from the law that the model states; cut the law to the bounds with "
          "`truncated(..)`, or widen the declaration");
    return diagnostics;
  }
  return make_diagnostic(Code::simulation_failed, {},
                         {"a value within the declared bounds",
                          fmt::format("of {} draws from the priors, none lay within them", most_attempts)})
      .note("of the last one, " + last);
}

}  // namespace elba
