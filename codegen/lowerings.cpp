#include "codegen/lowerings.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/VFABIDemangler.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include "codegen/optimise.h"
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
  if (name == "llvm.fabs" && !is_real(x[0]))
    return b.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x[0], b.getFalse());
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

Value* greater(Builder& b, Value* x, Value* y) {
  return is_real(x) ? b.CreateFCmpOGT(x, y) : b.CreateICmpSGT(x, y);
}

// exp(-|x|), which lies in (0, 1]; softplus and sigmoid share it.
Value* exp_minus_abs(Builder& b, Value* x) {
  return call_named(b, "exp", std::array{b.CreateFNeg(b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x))});
}

// max(x, 0) + log1p(exp(-|x|))
Value* softplus(Builder& b, Operands x) {
  Value* zero = real(b, 0);
  return b.CreateFAdd(b.CreateSelect(greater(b, x[0], zero), x[0], zero),
                      call_named(b, "log1p", std::array{exp_minus_abs(b, x[0])}));
}

// q = exp(-|x|): 1 / (1 + q) for x >= 0, q / (1 + q) below
Value* sigmoid(Builder& b, Operands x) {
  Value* q = exp_minus_abs(b, x[0]);
  Value* above = b.CreateFCmpOGE(x[0], real(b, 0));
  return b.CreateFDiv(b.CreateSelect(above, real(b, 1), q), b.CreateFAdd(real(b, 1), q));
}

Value* sign(Builder& b, Operands x) {
  Value* zero = real(b, 0);
  return b.CreateFSub(b.CreateUIToFP(greater(b, x[0], zero), b.getDoubleTy()),
                      b.CreateUIToFP(greater(b, zero, x[0]), b.getDoubleTy()));
}

Value* absolute(Builder& b, Value* x) { return b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); }
Value* less(Builder& b, Value* x, double y) { return b.CreateFCmpOLT(x, real(b, y)); }

// c[0] + c[1] x + ..
Value* polynomial(Builder& b, Value* x, std::initializer_list<double> coefficients) {
  Value* sum = nullptr;
  for (auto c = std::rbegin(coefficients); c != std::rend(coefficients); ++c)
    sum = sum ? b.CreateFAdd(b.CreateFMul(sum, x), real(b, *c)) : real(b, *c);
  return sum;
}

// One instruction where the processor has it; the library's function is right, but slow.
Value* multiply_add(Builder& b, Operands x) {
  const std::string& features = host().features;
  const bool has_instruction = features.find("+fma") != std::string::npos ||
                               features.find("+neon") != std::string::npos;
  return has_instruction ? b.CreateIntrinsic(llvm::Intrinsic::fma, {b.getDoubleTy()}, {x[0], x[1], x[2]})
                         : call_named(b, "fma", x);
}

// log1p(x^2); beyond 2^511, where x^2 overflows, with x / 2^512: log1p(w^2 - 1) + 1024 ln 2.
Value* log1p_square(Builder& b, Operands x) {
  Value* far = b.CreateFCmpOGT(absolute(b, x[0]), real(b, 0x1p511));
  Value* w = b.CreateSelect(far, b.CreateFMul(x[0], real(b, 0x1p-512)), x[0]);
  Value* square = b.CreateFMul(w, w);
  Value* base = call_named(b, "log1p",
                           std::array{b.CreateSelect(far, b.CreateFSub(square, real(b, 1)), square)});
  return b.CreateFAdd(base, b.CreateSelect(far, real(b, 709.78271289338399684), real(b, 0)));
}

// ln u + (m - (u - 1)) / u is ln(1 + m) where u is 1 + m rounded; elsewhere the correction is left out.
Value* log_near_one(Builder& b, Value* near, Value* m, Value* elsewhere) {
  Value* one = real(b, 1);
  Value* above = b.CreateFAdd(one, m);
  Value* u = b.CreateSelect(near, above, elsewhere);
  Value* lost = b.CreateFDiv(b.CreateFSub(m, b.CreateFSub(above, one)), u);
  return b.CreateFAdd(call_named(b, "log", std::array{u}), b.CreateSelect(near, lost, real(b, 0)));
}

Value* within_twofold(Builder& b, Value* ratio) {
  return b.CreateAnd(b.CreateFCmpOGE(ratio, real(b, 0.5)), b.CreateFCmpOLE(ratio, real(b, 2)));
}

// a ln((r + e) / a) - d, d = (r - a) + e; next to r = a by the series of ln(1 + m) - m, m = d / a. At a = 0
// the ratio is clamped, so that a ln(..) is 0 and not nan.
Value* rate_gap(Builder& b, Operands x) {
  Value* a = x[0];
  Value* d = b.CreateFAdd(b.CreateFSub(x[1], a), x[2]);
  Value* m = b.CreateFDiv(d, a);
  Value* ratio = b.CreateFDiv(b.CreateFAdd(x[1], x[2]), a);
  Value* clamped = b.CreateSelect(b.CreateFCmpOLE(ratio, real(b, 1e308)), ratio, real(b, 1e308));
  Value* logarithm = log_near_one(b, within_twofold(b, ratio), m, clamped);
  Value* series = b.CreateFMul(
      b.CreateFMul(a, b.CreateFMul(m, m)),
      polynomial(b, m, {-1.0 / 2, 1.0 / 3, -1.0 / 4, 1.0 / 5, -1.0 / 6, 1.0 / 7, -1.0 / 8}));
  return b.CreateSelect(less(b, absolute(b, m), 0x1p-7), series, b.CreateFSub(b.CreateFMul(a, logarithm), d));
}

// ln((r + e) / a), with both scaled where their ratio could overflow.
Value* log_quotient(Builder& b, Operands x) {
  const auto scaled = [&](Value* value, Value*& shift) {
    Value* large = b.CreateFCmpOGT(value, real(b, 1e150));
    Value* small = b.CreateFCmpOLT(value, real(b, 1e-150));
    constexpr double step = 354.89135644669199842;  // 512 ln 2
    shift = b.CreateSelect(large, real(b, step), b.CreateSelect(small, real(b, -step), real(b, 0)));
    return b.CreateFMul(
        value, b.CreateSelect(large, real(b, 0x1p-512), b.CreateSelect(small, real(b, 0x1p512), real(b, 1))));
  };
  Value *up = nullptr, *down = nullptr;
  Value* m = b.CreateFDiv(b.CreateFAdd(b.CreateFSub(x[1], x[0]), x[2]), x[0]);
  Value* near = within_twofold(b, b.CreateFAdd(real(b, 1), m));
  Value* top = scaled(b.CreateFAdd(x[1], x[2]), up);
  Value* ratio = b.CreateFDiv(top, scaled(x[0], down));
  return b.CreateFAdd(log_near_one(b, near, m, ratio),
                      b.CreateSelect(near, real(b, 0), b.CreateFSub(up, down)));
}

// a (t - expm1 t), next to t = 0 by its series; -exp(t) at a = 0.
Value* exp_gap(Builder& b, Operands x) {
  Value* none = b.CreateFCmpOEQ(x[0], real(b, 0));
  Value* t = x[1];
  Value* e = call_named(b, "expm1", std::array{t});
  Value* series = b.CreateFMul(b.CreateFMul(t, t),
                               polynomial(b, t, {-1.0 / 2, -1.0 / 6, -1.0 / 24, -1.0 / 120, -1.0 / 720}));
  Value* gap = b.CreateSelect(less(b, absolute(b, t), 0x1p-7), series, b.CreateFSub(t, e));
  return b.CreateSelect(none, b.CreateFNeg(b.CreateFAdd(e, real(b, 1))), b.CreateFMul(x[0], gap));
}

// few u - n ln(1 + w), w = few / n expm1(u), by the rarer of the two outcomes; next to u = 0 by the series of
// both. Beyond u = 500 the logarithm is linear. Where the rarer outcome was not seen, w = e^u.
Value* logit_gap(Builder& b, Operands x) {
  Value* rest = b.CreateFSub(x[1], x[0]);
  Value* flip = b.CreateFCmpOGT(x[0], rest);
  Value* few = b.CreateSelect(flip, rest, x[0]);
  Value* none = b.CreateFCmpOEQ(few, real(b, 0));
  Value* u = b.CreateSelect(flip, b.CreateFNeg(x[2]), x[2]);
  Value* near = b.CreateSelect(less(b, u, 500), u, real(b, 500));
  // e^u where the rarer outcome was not seen: from expm1(u + 40), which still has its digits far below
  Value* e = call_named(b, "expm1", std::array{b.CreateSelect(none, b.CreateFAdd(near, real(b, 40)), near)});
  Value* w = b.CreateSelect(none,
                            b.CreateFMul(b.CreateFAdd(e, real(b, 1)), real(b, 4.2483542552915889953e-18)),
                            b.CreateFMul(b.CreateFDiv(few, x[1]), e));
  Value* logarithm = b.CreateFAdd(call_named(b, "log1p", std::array{w}), b.CreateFSub(u, near));
  Value* plain = b.CreateFSub(b.CreateFMul(few, u), b.CreateFMul(x[1], logarithm));
  Value* of_u = b.CreateFMul(b.CreateFMul(few, b.CreateFMul(u, u)),
                             polynomial(b, u, {-1.0 / 2, -1.0 / 6, -1.0 / 24, -1.0 / 120, -1.0 / 720}));
  Value* of_w = b.CreateFMul(b.CreateFMul(x[1], b.CreateFMul(w, w)),
                             polynomial(b, w, {-1.0 / 2, 1.0 / 3, -1.0 / 4, 1.0 / 5, -1.0 / 6, 1.0 / 7}));
  Value* series = b.CreateFSub(of_u, of_w);
  return b.CreateSelect(b.CreateAnd(less(b, absolute(b, u), 0x1p-7), b.CreateNot(none)), series, plain);
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
    {"fadd", [](Builder& b,
                Operands x) { return is_real(x[0]) ? b.CreateFAdd(x[0], x[1]) : b.CreateAdd(x[0], x[1]); }},
    {"fsub", [](Builder& b,
                Operands x) { return is_real(x[0]) ? b.CreateFSub(x[0], x[1]) : b.CreateSub(x[0], x[1]); }},
    {"fmul", [](Builder& b,
                Operands x) { return is_real(x[0]) ? b.CreateFMul(x[0], x[1]) : b.CreateMul(x[0], x[1]); }},
    {"fdiv", [](Builder& b, Operands x) { return b.CreateFDiv(x[0], x[1]); }},
    {"fneg", [](Builder& b, Operands x) { return is_real(x[0]) ? b.CreateFNeg(x[0]) : b.CreateNeg(x[0]); }},
    {"square", [](Builder& b, Operands x) { return b.CreateFMul(x[0], x[0]); }},
    {"fmax", [](Builder& b, Operands x) { return b.CreateSelect(greater(b, x[0], x[1]), x[0], x[1]); }},
    {"fmin", [](Builder& b, Operands x) { return b.CreateSelect(greater(b, x[1], x[0]), x[0], x[1]); }},
    {"sign", sign},
    {"fma", multiply_add},
    {"log1p_square", log1p_square},
    {"log_quotient", log_quotient},
    {"rate_gap", rate_gap},
    {"exp_gap", exp_gap},
    {"logit_gap", logit_gap},
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

// Declares to the vectoriser the versions of a function for several lanes: declared, kept by
// @llvm.compiler.used, and named in the attribute that each call carries.
std::string declare_variants(llvm::Module& module, const RuntimeSymbol& symbol, llvm::Function& scalar) {
  std::string variants;
  for (const VectorSymbol& vector : vector_symbols(symbol)) {
    llvm::Type* type = llvm::FixedVectorType::get(llvm::Type::getDoubleTy(module.getContext()),
                                                  static_cast<unsigned>(vector.lanes));
    const std::vector<llvm::Type*> types(symbol.signature.size() - 1, type);
    llvm::Function* function = llvm::Function::Create(llvm::FunctionType::get(type, types, false),
                                                      llvm::Function::ExternalLinkage, vector.link_name,
                                                      module);
    function->copyAttributesFrom(&scalar);
    llvm::appendToCompilerUsed(module, {function});
    variants += (variants.empty() ? "" : ",") + ("_ZGV_LLVM_N" + std::to_string(vector.lanes)) +
                std::string(types.size(), 'v') + "_" + std::string(symbol.link_name) + "(" +
                vector.link_name + ")";
  }
  return variants;
}

llvm::Type* type_of(Builder& b, char letter) {
  switch (letter) {
    case 'v':
      return b.getVoidTy();
    case 'd':
      return b.getDoubleTy();
    case 'p':
      return b.getPtrTy();
    default:
      return b.getInt64Ty();
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
    for (char letter : symbol.signature.substr(1))
      types.push_back(type_of(b, letter));
    function = llvm::Function::Create(llvm::FunctionType::get(type_of(b, symbol.signature[0]), types, false),
                                      llvm::Function::ExternalLinkage, link_name, module);
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
      if (const std::string variants = declare_variants(module, symbol, *function); !variants.empty())
        function->addFnAttr(llvm::VFABI::MappingsAttrName, variants);
    }
  }
  llvm::CallInst* call = b.CreateCall(function, llvm::ArrayRef<Value*>(x.data(), x.size()));
  if (const llvm::Attribute variants = function->getFnAttribute(llvm::VFABI::MappingsAttrName);
      variants.isValid())
    call->addFnAttr(variants);
  return function->getReturnType()->isVoidTy() ? nullptr : call;
}

}  // namespace elba::codegen
