// optimise: few passes, chosen by what they are worth on the loops that `emit` makes.
//
//   SROA             small buffers and register cells to SSA values
//   EarlyCSE         equal loads and calls of pure functions, through memory
//   InstCombine      the peephole rules
//   LICM             loads and pure calls out of loops, accumulators in memory into registers
//   LoopVectorize    innermost loops, with their calls of exp, log1p, ... where those have versions for
//                    several lanes (lowerings.cpp); needs the `reassoc` that the terms of a sum carry, and
//                    nothing else
//
// Measured on the gradient of a logistic regression (3020 rows, 3 columns; Zen 4, LLVM 19.1): 48 us without
// the vectoriser, 8 to 10 us with it, for 1 to 4 ms more of compilation. Interleaving is off: it makes the
// same loops 1.3 to 1.8 times slower. Leaves out: inlining, unrolling, global passes: each stage is one
// function, and `emit` unrolls what is constant and small.
#include "codegen/optimise.h"

#include "codegen/llvm_guard.h"

#include <algorithm>
#include <mutex>

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Vectorize/LoopVectorize.h>

namespace elba::codegen {

namespace {

llvm::orc::JITTargetMachineBuilder machine_builder() {
  llvm::orc::JITTargetMachineBuilder builder{llvm::Triple(host().triple)};
  builder.setCPU(host().cpu);
  builder.getFeatures() = llvm::SubtargetFeatures(host().features);
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeModel(llvm::CodeModel::Small);
  return builder;
}

// The order of destruction matters.
struct Optimiser {
  Optimiser(llvm::TargetMachine& machine, const std::atomic<bool>* stop)
      : builder(&machine, {}, std::nullopt, &callbacks) {
    // What remains of the passes is left out; the module is thrown away.
    if (stop != nullptr)
      callbacks.registerShouldRunOptionalPassCallback(
          [stop](llvm::StringRef, llvm::Any) { return !stop->load(std::memory_order_relaxed); });
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
  }
  llvm::PassInstrumentationCallbacks callbacks;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  llvm::FunctionPassManager passes, vectorise;
};

// Analyses of loops take a time that grows faster than the number of blocks, and each loop is some four
// blocks. Models that people write have some hundred blocks; a thousand definitions, each with a loop of its
// own, may make ten thousand.
bool has_many_blocks(const llvm::Function& function) { return function.size() > 2000; }

// Instructions are scheduled within a block, in time that grows with the square of its length. Blocks that
// people write have some hundred; a model that is written out element by element may make one of a hundred
// thousand. Such functions are translated instruction by instruction.
void spare_large_functions(llvm::Module& module) {
  constexpr std::size_t longest = 4000;
  for (llvm::Function& function : module) {
    const bool is_long = std::any_of(function.begin(), function.end(),
                                     [](const llvm::BasicBlock& block) { return block.size() > longest; });
    if (!is_long && !has_many_blocks(function)) continue;
    function.addFnAttr(llvm::Attribute::NoInline);  // which the other requires
    function.addFnAttr(llvm::Attribute::OptimizeNone);
  }
}

bool add_codegen(llvm::Module& module, llvm::TargetMachine& machine, llvm::raw_pwrite_stream& out,
                 llvm::CodeGenFileType type) {
  spare_large_functions(module);
  Kept<llvm::legacy::PassManager> passes;
  if (machine.addPassesToEmitFile(*passes, out, nullptr, type)) return false;
  passes->run(module);
  return true;
}

}  // namespace

const Host& host() {
  static const Host detected = [] {
    Host made;
    made.triple = llvm::sys::getProcessTriple();
    auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (builder) {
      made.cpu = builder->getCPU();
      made.features = builder->getFeatures().getString();
    } else {
      llvm::consumeError(builder.takeError());
    }
    return made;
  }();
  return detected;
}

void initialise_target() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

std::unique_ptr<llvm::TargetMachine> make_machine(std::string& error) {
  initialise_target();
  auto machine = machine_builder().createTargetMachine();
  if (machine) return std::move(*machine);
  error = llvm::toString(machine.takeError());
  return nullptr;
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine, const std::atomic<bool>* stop) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  Kept<Optimiser> kept(machine, stop);
  auto& passes = kept->passes;
  const auto tidy = [](llvm::FunctionPassManager& to) {
    to.addPass(llvm::EarlyCSEPass(true));
    to.addPass(llvm::InstCombinePass());
  };
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  tidy(passes);
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), true));
  tidy(passes);
  auto& vectorise = kept->vectorise;
  vectorise.addPass(llvm::LoopVectorizePass(llvm::LoopVectorizeOptions(true, false)));
  tidy(vectorise);
  vectorise.addPass(llvm::SimplifyCFGPass());
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    passes.run(function, kept->functions);
    if (!has_many_blocks(function)) vectorise.run(function, kept->functions);
  }
}

std::unique_ptr<llvm::MemoryBuffer> make_object(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  if (!add_codegen(module, machine, out, llvm::CodeGenFileType::ObjectFile)) return nullptr;
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), module.getName(), false);
}

std::string make_assembler(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream out(text);
  if (!add_codegen(module, machine, out, llvm::CodeGenFileType::AssemblyFile)) return {};
  return std::string(text);
}

}  // namespace elba::codegen
