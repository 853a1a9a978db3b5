// context: what all that checks one body (of a model, function or member of a distribution) shares.
#pragma once

#include "frontend/check/environment.h"
#include "frontend/typed_tree/tree.h"

namespace elba::frontend {

enum class BodyKind { model, function };

struct Context {
  Environment& env;
  File& file;
  Body& body;
  BodyKind kind;
  Signature* signature = nullptr;  // of a model
  CheckedModel* model = nullptr;
};

}  // namespace elba::frontend
