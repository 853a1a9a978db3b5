// fuse: the three steps of the pass, on the ops of one region; each says whether it changed anything.
#pragma once

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

bool split_related_nests(ir::Func& func, ir::Region& region);
bool merge_nests(ir::Func& func, ir::Region& region);
bool inline_producers(ir::Func& func, ir::Region& region);

}  // namespace elba::passes
