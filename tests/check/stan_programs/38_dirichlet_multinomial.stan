data {
  int<lower=1> C;
  int<lower=1> M;
  array[M, C] int<lower=0> counts;
}
parameters {
  simplex[C] base;
  real<lower=0> strength;
  array[M] simplex[C] p;
}
model {
  base ~ dirichlet(rep_vector(2, C));
  strength ~ exponential(0.1);
  for (m in 1:M) {
    p[m] ~ dirichlet(strength * base);
    counts[m] ~ multinomial(p[m]);
  }
}
