// linalg: what the factorisations of this thread had to add to a diagonal (see elba_chol).
#pragma once

namespace elba::runtime {

// The largest jitter, as a part of the mean diagonal element, since the last call with `forget`; 0 where every matrix was
// positive definite as it stood.
[[nodiscard]] double largest_jitter();
void forget_jitter();
// How many factorisations of this thread found no factor even so.
[[nodiscard]] long lost_factorisations();

}  // namespace elba::runtime
