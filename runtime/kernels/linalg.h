// linalg: what the factorisations of this thread had to add to a diagonal (see elba_chol).
#pragma once

namespace elba::runtime {

struct Factorisations {
  double jitter = 0;  // the largest, as a part of the mean diagonal element; 0: each was positive definite
  long lost = 0;      // those that had no factor even so
};
// Of this thread since the last call of this function: the caller of compiled code reads it after each run.
[[nodiscard]] Factorisations take_factorisations();
// What this thread adds from now on where a matrix needs it: `factor` times the least that does, to see what
// depends on it. Returns the factor until now, 1 at first.
double scale_jitter(double factor);
// Whether a derivative of eigenvectors was requested whose eigenvalues were too close to distinguish them
// (elba_eigh_gap), since the last `forget`.
[[nodiscard]] bool saw_close_eigenvalues();
void forget_close_eigenvalues();

}  // namespace elba::runtime
