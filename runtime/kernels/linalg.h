// linalg: what the factorisations of this thread had to add to a diagonal (see elba_chol).
#pragma once

namespace elba::runtime {

// The largest jitter, as a part of the mean diagonal element, since the last call with `forget`; 0 where
// every matrix was positive definite as it stood.
[[nodiscard]] double largest_jitter();
void forget_jitter();
void recall_jitter(double jitter);  // one that was seen before
// What this thread adds from now on where a matrix needs it: `factor` times the least that does, to see what
// depends on it. Returns the factor until now, 1 at first.
double scale_jitter(double factor);
// Whether a derivative of eigenvectors was wanted whose eigenvalues were too close to tell them apart
// (elba_eigh_gap), since the last `forget`.
[[nodiscard]] bool saw_close_eigenvalues();
void forget_close_eigenvalues();
// How many factorisations of this thread found no factor even so.
[[nodiscard]] long lost_factorisations();

}  // namespace elba::runtime
