#include "codegen/lowerings.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/VFABIDemangler.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include "codegen/symbols.h"

namespace elba::codegen {

namespace {

using llvm::Value;
using Operands = std::span<Value* const>;
using Builder = llvm::IRBuilderBase;

bool is_real(const Value* value) { return value->getType()->isDoubleTy(); }
Value* real(Builder& b, double value) { return llvm::ConstantFP::get(b.getDoubleTy(), value); }

Value* call_named(Builder& b, std::string_view name, Operands x) {
  const RuntimeSymbol* symbol = find_runtime_symbol(name);
  return symbol ? call_runtime(b, *symbol, x) : nullptr;
}

Value* intrinsic(Builder& b, std::string_view name, Operands x) {
  if (name == "llvm.fabs" && !is_real(x[0])) return b.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x[0], b.getFalse());
  const llvm::Intrinsic::ID id = name == "llvm.fabs"    ? llvm::Intrinsic::fabs
                                 : name == "llvm.sqrt"  ? llvm::Intrinsic::sqrt
                                 : name == "llvm.floor" ? llvm::Intrinsic::floor
                                 : name == "llvm.ceil"  ? llvm::Intrinsic::ceil
                                 : name == "llvm.rint"  ? llvm::Intrinsic::rint
                                                        : llvm::Intrinsic::not_intrinsic;
  return id == llvm::Intrinsic::not_intrinsic ? nullptr : b.CreateUnaryIntrinsic(id, x[0]);
}

Value* compare(Builder& b, std::string_view name, Operands x) {
  struct Row {
    std::string_view name;
    llvm::CmpInst::Predicate real, integer;
  };
  using P = llvm::CmpInst;
  static constexpr Row rows[] = {
      {"lt", P::FCMP_OLT, P::ICMP_SLT}, {"le", P::FCMP_OLE, P::ICMP_SLE}, {"gt", P::FCMP_OGT, P::ICMP_SGT},
      {"ge", P::FCMP_OGE, P::ICMP_SGE}, {"eq", P::FCMP_OEQ, P::ICMP_EQ},  {"ne", P::FCMP_UNE, P::ICMP_NE},
  };
  for (const Row& row : rows)
    if (row.name == name) return b.CreateCmp(is_real(x[0]) ? row.real : row.integer, x[0], x[1]);
  return nullptr;
}

Value* greater(Builder& b, Value* x, Value* y) { return is_real(x) ? b.CreateFCmpOGT(x, y) : b.CreateICmpSGT(x, y); }

// exp(-|x|), which lies in (0, 1]; softplus and sigmoid share it.
Value* exp_minus_abs(Builder& b, Value* x) { return call_named(b, "exp", std::array{b.CreateFNeg(b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x))}); }

// max(x, 0) + log1p(exp(-|x|))
Value* softplus(Builder& b, Operands x) {
  Value* zero = real(b, 0);
  return b.CreateFAdd(b.CreateSelect(greater(b, x[0], zero), x[0], zero), call_named(b, "log1p", std::array{exp_minus_abs(b, x[0])}));
}

// q = exp(-|x|): 1 / (1 + q) for x >= 0, q / (1 + q) below
Value* sigmoid(Builder& b, Operands x) {
  Value* q = exp_minus_abs(b, x[0]);
  Value* above = b.CreateFCmpOGE(x[0], real(b, 0));
  return b.CreateFDiv(b.CreateSelect(above, real(b, 1), q), b.CreateFAdd(real(b, 1), q));
}

Value* sign(Builder& b, Operands x) {
  Value* zero = real(b, 0);
  return b.CreateFSub(b.CreateUIToFP(greater(b, x[0], zero), b.getDoubleTy()), b.CreateUIToFP(greater(b, zero, x[0]), b.getDoubleTy()));
}

// Division that neither traps on 0 nor overflows on -1.
Value* divide(Builder& b, Operands x, bool quotient) {
  Value* zero = b.getInt64(0);
  Value* by_zero = b.CreateICmpEQ(x[1], zero);
  Value* by_minus_one = b.CreateICmpEQ(x[1], b.getInt64(-1));
  Value* divisor = b.CreateSelect(b.CreateOr(by_zero, by_minus_one), b.getInt64(1), x[1]);
  if (!quotient) return b.CreateSRem(x[0], divisor);  // remainder by 1 is 0
  Value* minus_x = b.CreateSub(zero, x[0]);
  return b.CreateSelect(by_zero, zero, b.CreateSelect(by_minus_one, minus_x, b.CreateSDiv(x[0], divisor)));
}

Value* to_int(Builder& b, Operands x) {
  if (!is_real(x[0])) return b.CreateZExt(x[0], b.getInt64Ty());
  return b.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {b.getInt64Ty(), b.getDoubleTy()}, {x[0]});
}

Value* to_real(Builder& b, Operands x) {
  const bool boolean = x[0]->getType()->isIntegerTy(1);
  return boolean ? b.CreateUIToFP(x[0], b.getDoubleTy()) : b.CreateSIToFP(x[0], b.getDoubleTy());
}

struct Row {
  std::string_view tag;
  Value* (*emit)(Builder& b, Operands x);
};

constexpr Row rows[] = {
    {"fadd", [](Builder& b, Operands x) { return is_real(x[0]) ? b.CreateFAdd(x[0], x[1]) : b.CreateAdd(x[0], x[1]); }},
    {"fsub", [](Builder& b, Operands x) { return is_real(x[0]) ? b.CreateFSub(x[0], x[1]) : b.CreateSub(x[0], x[1]); }},
    {"fmul", [](Builder& b, Operands x) { return is_real(x[0]) ? b.CreateFMul(x[0], x[1]) : b.CreateMul(x[0], x[1]); }},
    {"fdiv", [](Builder& b, Operands x) { return b.CreateFDiv(x[0], x[1]); }},
    {"fneg", [](Builder& b, Operands x) { return is_real(x[0]) ? b.CreateFNeg(x[0]) : b.CreateNeg(x[0]); }},
    {"square", [](Builder& b, Operands x) { return b.CreateFMul(x[0], x[0]); }},
    {"fmax", [](Builder& b, Operands x) { return b.CreateSelect(greater(b, x[0], x[1]), x[0], x[1]); }},
    {"fmin", [](Builder& b, Operands x) { return b.CreateSelect(greater(b, x[1], x[0]), x[0], x[1]); }},
    {"sign", sign},
    {"softplus", softplus},
    {"sigmoid", sigmoid},
    {"idiv", [](Builder& b, Operands x) { return divide(b, x, true); }},
    {"imod", [](Builder& b, Operands x) { return divide(b, x, false); }},
    {"and", [](Builder& b, Operands x) { return b.CreateAnd(x[0], x[1]); }},
    {"or", [](Builder& b, Operands x) { return b.CreateOr(x[0], x[1]); }},
    {"not", [](Builder& b, Operands x) { return b.CreateNot(x[0]); }},
    {"select", [](Builder& b, Operands x) { return b.CreateSelect(x[0], x[1], x[2]); }},
    {"to_real", to_real},
    {"to_int", to_int},
    {"identity", [](Builder&, Operands x) { return x[0]; }},
};

// Tells the vectoriser about the versions of a function for several lanes: declared, kept by @llvm.compiler.used, and named in the
// attribute that each call carries.
std::string declare_variants(llvm::Module& module, const RuntimeSymbol& symbol, llvm::Function& scalar) {
  std::string variants;
  for (const VectorSymbol& vector : vector_symbols(symbol)) {
    llvm::Type* type = llvm::FixedVectorType::get(llvm::Type::getDoubleTy(module.getContext()), static_cast<unsigned>(vector.lanes));
    const std::vector<llvm::Type*> types(symbol.signature.size() - 1, type);
    llvm::Function* function = llvm::Function::Create(llvm::FunctionType::get(type, types, false), llvm::Function::ExternalLinkage, vector.link_name, module);
    function->copyAttributesFrom(&scalar);
    llvm::appendToCompilerUsed(module, {function});
    variants += (variants.empty() ? "" : ",") + ("_ZGV_LLVM_N" + std::to_string(vector.lanes)) + std::string(types.size(), 'v') + "_" + std::string(symbol.link_name) + "(" +
                vector.link_name + ")";
  }
  return variants;
}

llvm::Type* type_of(Builder& b, char letter) {
  switch (letter) {
    case 'v': return b.getVoidTy();
    case 'd': return b.getDoubleTy();
    case 'p': return b.getPtrTy();
    default: return b.getInt64Ty();
  }
}

}  // namespace

Value* lower_scalar(Builder& b, std::string_view tag, Operands x) {
  const auto colon = tag.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view family = tag.substr(0, colon), name = tag.substr(colon + 1);
    if (family == "call") return call_named(b, name, x);
    if (family == "intrinsic") return intrinsic(b, name, x);
    if (family == "cmp") return compare(b, name, x);
    return nullptr;
  }
  for (const Row& row : rows)
    if (row.tag == tag) return row.emit(b, x);
  return nullptr;
}

Value* call_runtime(Builder& b, const RuntimeSymbol& symbol, Operands x) {
  llvm::Module& module = *b.GetInsertBlock()->getModule();
  const llvm::StringRef link_name(symbol.link_name.data(), symbol.link_name.size());
  llvm::Function* function = module.getFunction(link_name);
  if (!function) {
    std::vector<llvm::Type*> types;
    for (char letter : symbol.signature.substr(1)) types.push_back(type_of(b, letter));
    function = llvm::Function::Create(llvm::FunctionType::get(type_of(b, symbol.signature[0]), types, false), llvm::Function::ExternalLinkage, link_name, module);
    function->setDoesNotThrow();
    function->setWillReturn();
    function->addFnAttr(llvm::Attribute::NoFree);
    function->addFnAttr(llvm::Attribute::NoSync);
    function->addFnAttr(llvm::Attribute::NoCallback);
    if (symbol.writes) {
      function->setOnlyAccessesArgMemory();
      for (unsigned i = 0; i < types.size(); ++i)
        if (types[i]->isPointerTy()) function->addParamAttr(i, llvm::Attribute::NoCapture);
    } else {
      function->setDoesNotAccessMemory();
      function->addFnAttr(llvm::Attribute::Speculatable);
      if (const std::string variants = declare_variants(module, symbol, *function); !variants.empty()) function->addFnAttr(llvm::VFABI::MappingsAttrName, variants);
    }
  }
  llvm::CallInst* call = b.CreateCall(function, llvm::ArrayRef<Value*>(x.data(), x.size()));
  if (const llvm::Attribute variants = function->getFnAttribute(llvm::VFABI::MappingsAttrName); variants.isValid()) call->addFnAttr(variants);
  return function->getReturnType()->isVoidTy() ? nullptr : call;
}

}  // namespace elba::codegen
