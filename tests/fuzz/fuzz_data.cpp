// Data: the first byte chooses JSON or CSV.
#include <cstddef>
#include <cstdint>

#include "api/elba.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (bytes[0] % 2 == 0)
    (void)elba::Data::from_json(text);
  else
    (void)elba::Data::from_csv(text);
  return 0;
}
