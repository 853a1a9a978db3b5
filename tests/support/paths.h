// paths: where the checkout and the built command lie. Only paths.cpp is compiled with them, so that a
// compiler cache serves every checkout.
#pragma once

namespace elba::test {

extern const char* const source_dir;
extern const char* const cli_path;

}  // namespace elba::test
