// abi: the C prototypes of what compiled code calls, from the rows of abi.def.
#pragma once

#include <cstdint>

extern "C" {
#define MATH(name, arity)
#define ABI(result, name, arguments, effect, doc) result name arguments;
#include "runtime/kernels/abi.def"
#undef ABI
#undef MATH
}
