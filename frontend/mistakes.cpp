#include "frontend/repair.h"
namespace elba { void rewrite_foreign_spellings(Tokens&, const Source&, Sink&) {} }
