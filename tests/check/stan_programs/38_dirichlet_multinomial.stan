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
// EXPECT
error[E0148]: this is a program of Stan
  --> 38_dirichlet_multinomial.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim C >= 1;
  dim M >= 1;
  data counts: int<lower=0>[M, C];
  latent base: simplex[C] ~ dirichlet(rep(2, C));
  latent strength: real<lower=0> ~ exponential(0.1);
  latent p: simplex[M, C];
  for m in 1:M {
    p[m] ~ dirichlet(strength * base);
    counts[m] ~ multinomial(sum(counts[m]), p[m]);
  }
}

